import { Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Problem } from "../api/problem";
import type { Work } from "../api/schema";
import { isOver, useWork } from "../api/works";
import { work as words } from "../texts/work";
import { duration, useNow } from "./Moment";
import { ProblemNote } from "./ProblemNote";

/** Shows how far work is, and what went wrong; *done* is called once when it is over and well. */
export function WorkProgress({ id, label, done }: { id: string; label: string; done?: (work: Work) => void }) {
  const query = useWork(id);
  const now = useNow();
  const told = useRef("");
  const work = query.data;
  useEffect(() => {
    if (work?.state === "done" && told.current !== work.id) {
      told.current = work.id;
      done?.(work);
    }
  }, [work, done]);
  if (query.error !== null && work === undefined) return <ProblemNote error={query.error} />;
  if (work === undefined || work.state === "done") return null;
  if (work.state === "failed") return <ProblemNote error={troubleOf(work)} />;
  const share = !work.total ? null : Math.min(100, (100 * work.done) / work.total);
  return (
    <Paper withBorder p="md" aria-live="off">
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600} size="sm">
            {label}
          </Text>
          <Text size="sm" c="dimmed">
            {words.states[work.state]}
            {work.at !== "" && ` · ${work.at}`}
            {!!work.total && ` · ${words.of(work.done, work.total)}`}
            {remaining(work, now)}
          </Text>
        </Group>
        <Progress value={share ?? 100} animated={share === null} striped={share === null} aria-label={label} />
      </Stack>
    </Paper>
  );
}

/** Return why *work* failed, as a problem that can be shown. */
export function troubleOf(work: Work): Problem | null {
  if (!isOver(work) || work.trouble == null) return null;
  const { code, detail, hint } = work.trouble;
  return new Problem({ status: 409, type: `urn:keepstep:problem:${code}`, detail, hint, correlation: work.correlation });
}

/** Return how long *work* will still take, in words, once enough of it is done to tell. */
export function remaining(work: Pick<Work, "begun" | "done" | "total">, now: number): string {
  if (work.begun == null || work.total == null || work.done < 1 || work.total <= work.done) return "";
  const gone = (now - new Date(work.begun).getTime()) / 1000;
  if (gone < 3) return "";
  return ` · ${words.remaining(duration(Math.max(1, (gone / work.done) * (work.total - work.done))))}`;
}
