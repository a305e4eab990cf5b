import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Work } from "../../api/schema";
import { isOver, useAskWork, useWork } from "../../api/works";
import { Standings, Standing } from "../../components/Facts";
import { ProblemNote } from "../../components/ProblemNote";
import { WorkProgress } from "../../components/WorkProgress";
import { STANDINGS, type StandingName } from "../../texts/comparison";
import { firstSteps } from "../../texts/first-steps";
import type { StepProps } from "./FirstStepsPage";

type Shown = Pick<StepProps, "done" | "open" | "children">;

interface LookProps {
  rule: string | undefined;
  children: (step: Shown) => ReactNode;
}

/** The first comparison: asked for, followed, and how it stands. */
export function CompareStep({ rule, children }: LookProps) {
  const { comparing } = useSearch({ from: "/shell/first-steps" });
  const navigate = useNavigate({ from: "/first-steps" });
  const asking = useAskWork((work) => void navigate({ search: (now) => ({ ...now, comparing: work.id }), replace: true }));
  const work = useWork(comparing).data;
  const done = work?.state === "done";
  const words = firstSteps.compare;
  const go = () => rule !== undefined && asking.mutate({ kind: "compare", rule, choice: { situation: [], attribute: [], ou: [], where: "", search: "" } });
  return children({
    done,
    open: rule !== undefined,
    children: (
      <Stack gap="sm">
        {comparing !== undefined && <WorkProgress id={comparing} label={words.working} />}
        {done && work.result != null && <Counts result={work.result} />}
        <Group gap="xs">
          <Button variant={done ? "default" : "filled"} loading={asking.isPending || busy(work)} onClick={go}>
            {done ? words.again : words.go}
          </Button>
          {done && rule !== undefined && (
            <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/rules/$rule" params={{ rule }} search={{ work: work.id }} {...props} />}>
              {words.look}
            </Anchor>
          )}
        </Group>
        <ProblemNote error={asking.error} />
      </Stack>
    ),
  });
}

function Counts({ result }: { result: Readonly<Record<string, string>> }) {
  const known = (Object.keys(STANDINGS) as StandingName[]).filter((one) => Number(result[one] ?? 0) > 0);
  return (
    <Standings>
      {known.map((one) => (
        <Standing key={one} kind={one === "in_step" ? "good" : "warn"}>
          {STANDINGS[one]} {Number(result[one]).toLocaleString()}
        </Standing>
      ))}
    </Standings>
  );
}

/** The first plan: made, and where to read it. */
export function PlanStep({ rule, children }: LookProps) {
  const { planning } = useSearch({ from: "/shell/first-steps" });
  const navigate = useNavigate({ from: "/first-steps" });
  const asking = useAskWork((work) => void navigate({ search: (now) => ({ ...now, planning: work.id }), replace: true }));
  const work = useWork(planning).data;
  const digest = work?.result?.["plan"];
  const done = work?.state === "done" && digest !== undefined;
  const words = firstSteps.plan;
  return children({
    done,
    open: rule !== undefined,
    children: (
      <Stack gap="sm">
        {planning !== undefined && <WorkProgress id={planning} label={words.working} />}
        {done && <Text size="sm">{words.nothing}</Text>}
        <Group gap="xs">
          {done ? (
            <Button renderRoot={(props) => <Link to="/plans/$digest" params={{ digest }} search={{}} {...props} />}>{words.look}</Button>
          ) : (
            <Button loading={asking.isPending || busy(work)} onClick={() => rule !== undefined && asking.mutate({ kind: "plan", rule, accept_size: false, retry_refused: false })}>
              {words.go}
            </Button>
          )}
        </Group>
        <ProblemNote error={asking.error} />
      </Stack>
    ),
  });
}

function busy(work: Work | undefined): boolean {
  return work !== undefined && !isOver(work);
}
