import { UnstyledButton } from "@mantine/core";
import { Link, type LinkProps, useLocation } from "@tanstack/react-router";
import classes from "./TabLinks.module.css";

export interface TabLink {
  label: string;
  to: NonNullable<LinkProps["to"]>;
  /** only this very address, and none below it */
  exact?: boolean;
}

/** The parts of one page, each with an address of its own: links, so that Back and a middle click work. */
export function TabLinks({ label, tabs, params }: { label: string; tabs: readonly TabLink[]; params: Record<string, string> }) {
  const path = useLocation({ select: (one) => one.pathname });
  return (
    <nav aria-label={label} className={classes["tabs"]}>
      {tabs.map((tab) => {
        const address = filled(tab.to, params);
        const active = path === address || (tab.exact !== true && path.startsWith(`${address}/`));
        return (
          <UnstyledButton
            key={tab.to}
            className={classes["tab"]}
            data-active={active || undefined}
            aria-current={active ? "page" : undefined}
            renderRoot={(props) => <Link to={tab.to} params={params} {...props} />}
          >
            {tab.label}
          </UnstyledButton>
        );
      })}
    </nav>
  );
}

function filled(path: string, params: Record<string, string>): string {
  return path.replaceAll(/\$(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}
