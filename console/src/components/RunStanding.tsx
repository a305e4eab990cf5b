import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Run, RunKind, RunListed, TemplateRun } from "../api/schema";
import { RUN_STATES } from "../texts/plans";
import { RUN_STATES as TEMPLATE_STATES } from "../texts/templates";
import { Standing } from "./Facts";

export type AnyState = RunListed["state"];

const LOOKS = { running: "busy", paused: "warn", done: "good", partial: "warn", stopped: "bad", cancelled: "calm" } as const satisfies Record<AnyState, string>;

const WORDS: Readonly<Record<RunKind, Readonly<Record<AnyState, string>>>> = {
  plan: { ...TEMPLATE_STATES, ...RUN_STATES },
  template: { ...RUN_STATES, ...TEMPLATE_STATES },
};

/** How the run of a plan stands, in the words of every page. */
export function RunStanding({ run }: { run: Pick<Run, "state"> }) {
  return <AnyRunStanding run={{ kind: "plan", state: run.state }} />;
}

/** How the run of a template stands, in the words of every page. */
export function TemplateRunStanding({ run }: { run: Pick<TemplateRun, "state"> }) {
  return <AnyRunStanding run={{ kind: "template", state: run.state }} />;
}

export function AnyRunStanding({ run }: { run: Pick<RunListed, "kind" | "state"> }) {
  return <Standing kind={LOOKS[run.state]}>{WORDS[run.kind][run.state]}</Standing>;
}

/** To the page of a run, whichever kind it is. */
export function RunLink({ run, children }: { run: Pick<RunListed, "kind" | "id">; children: ReactNode }) {
  return (
    <Anchor
      size="sm"
      fw={550}
      title={run.id}
      renderRoot={(props) =>
        run.kind === "plan" ? <Link to="/runs/$run" params={{ run: run.id }} search={{}} {...props} /> : <Link to="/template-runs/$run" params={{ run: run.id }} search={{}} {...props} />
      }
    >
      {children}
    </Anchor>
  );
}
