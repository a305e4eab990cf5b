import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const step: MantineColorsTuple = [
  "#e4f8f7",
  "#d3eeec",
  "#a9dcd9",
  "#7bc9c5",
  "#56bab4",
  "#3eb0aa",
  "#2fa59f",
  "#12837f",
  "#0b6e75",
  "#055a61",
];

export const theme = createTheme({
  primaryColor: "step",
  primaryShade: { light: 8, dark: 8 },
  colors: { step },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  headings: { fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  components: {
    // by name and not by the component itself, which would be part of the first load
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" }, centered: true } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" }, position: "right" } },
    Table: { defaultProps: { verticalSpacing: "xs", highlightOnHover: true } },
  },
});

const LIGHT: Readonly<Record<string, string>> = {
  red: "#a61e1e", pink: "#9c1f50", orange: "#974000", yellow: "#7a4d00", green: "#1c6b2e", lime: "#44650b",
  teal: "#05685a", step: "#07616a", cyan: "#085f72", blue: "#15599e", indigo: "#3346b5", violet: "#5b33b3",
  grape: "#7b2d92", gray: "#414951",
};
const DARK: Readonly<Record<string, string>> = {
  red: "#ffa8a8", pink: "#faa2c1", orange: "#ffc078", yellow: "#ffe066", green: "#8ce99a", lime: "#c0eb75",
  teal: "#63e6be", step: "#8fd8d3", cyan: "#66d9e8", blue: "#8fc7ff", indigo: "#a5b4fc", violet: "#c5b3ff",
  grape: "#e599f7", gray: "#ced4da",
};

function lightTexts(colors: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(colors).flatMap(([name, value]) => [
      [`--mantine-color-${name}-light-color`, value],
      [`--mantine-color-${name}-outline`, value],
      [`--mantine-color-${name}-text`, value],
    ]),
  );
}

/** Stock colours that WCAG 2.2 AA finds too faint, in both schemes. */
export const contrasts: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#4f575e",
    "--mantine-color-placeholder": "#656d75",
    "--mantine-color-error": "#b01e1e",
    "--mantine-color-anchor": "#07616a",
    ...lightTexts(LIGHT),
  },
  dark: {
    "--mantine-color-dimmed": "#b4bac0",
    "--mantine-color-placeholder": "#a2a9b0",
    "--mantine-color-error": "#ff9f9f",
    "--mantine-color-anchor": "#8fd8d3",
    ...lightTexts(DARK),
  },
});
