import { Group, Paper, Progress, Stack, Text } from "@mantine/core";
import type { EffectState, RunResults } from "../../api/schema";
import { duration } from "../../components/Moment";
import { runs as words } from "../../texts/plans";

/** How far a run is that goes on: how much is over, how fast, and how long the rest takes at that. */
export function RunLive({ found }: { found: RunResults }) {
  if (found.run.state !== "running") return null;
  const over = ended(found.counts);
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600} size="sm">
            {words.of(over, found.total)}
          </Text>
          <Text size="sm" c="dimmed">
            {pace(found)}
          </Text>
        </Group>
        <Progress value={found.total === 0 ? 0 : (100 * over) / found.total} aria-label={words.progress} />
      </Stack>
    </Paper>
  );
}

/** Return how many actions came to an end, however it was. */
export function ended(counts: RunResults["counts"]): number {
  return (Object.entries(counts) as [EffectState, number][]).reduce((sum, [state, number]) => (state === "begun" ? sum : sum + number), 0);
}

/** Return how fast a run goes and how long it still takes, in words; that it waits, where nothing ended lately. */
export function pace({ rate, left }: Pick<RunResults, "rate" | "left">): string {
  if (rate == null || left == null) return words.still;
  const told = rate >= 1 ? words.perSecond(Math.round(rate)) : words.perMinute(Math.max(1, Math.round(rate * 60)));
  return left < 1 ? told : `${told} · ${words.remaining(duration(left))}`;
}
