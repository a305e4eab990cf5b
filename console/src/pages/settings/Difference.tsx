import { Text } from "@mantine/core";
import { settings } from "../../texts/settings";
import { changedLines, counts } from "./lines";
import classes from "./settings.module.css";

const SIGNS = { same: " ", added: "+", removed: "−", gap: " " } as const;

/** Two texts as one, with what changes; told by a sign, and only then by a colour. */
export function Difference({ before, after }: { before: string; after: string }) {
  const lines = changedLines(before, after);
  const { added, removed } = counts(lines);
  return (
    <>
      <Text size="sm" c="dimmed">
        {settings.configuration.lines(added, removed)}
      </Text>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by keyboard */}
      <pre className={classes["difference"]} tabIndex={0} aria-label={settings.configuration.difference}>
        {lines.map((line, number) => (
          // oxlint-disable-next-line react/no-array-index-key -- a line is where it is
          <div key={number} data-kind={line.kind}>
            {SIGNS[line.kind]} {line.text}
          </div>
        ))}
      </pre>
    </>
  );
}
