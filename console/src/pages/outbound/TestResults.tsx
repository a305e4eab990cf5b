import { Alert, Code, Group, List, Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { ExchangeView, RequestView } from "../../components/Exchange/ExchangeView";
import { Standing } from "../../components/Facts";
import { duration } from "../../components/Moment";
import { sentence } from "../../components/ProblemNote";
import { outbound } from "../../texts/outbound";
import type { Tested } from "./queries";
import { badOf, countOf } from "./webhook";

const words = outbound.test;

/** What a test came to: for each user or group the request, and where it was sent the answer beside it. */
export function TestResults({ tested }: { tested: Tested }) {
  const [bad, count] = [badOf(tested), countOf(tested)];
  const told = tested.live ? (bad > 0 ? words.liveBad(bad, count) : words.liveGood(count)) : bad > 0 ? words.dryBad(bad, count) : words.dryGood(count);
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Standing kind={bad > 0 ? "bad" : tested.live ? "good" : "busy"}>{tested.live ? words.sent : words.dry}</Standing>
        <Text fw={600}>{told}</Text>
      </Group>
      {tested.remarks.length > 0 && (
        <Alert color="orange" title={words.remarks}>
          <List size="sm">
            {tested.remarks.map((one) => (
              <List.Item key={one}>{sentence(one)}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {tested.rendered.map((one) => (
        <Rendered key={one.subject.key} one={one} />
      ))}
      {tested.shots.map((one) => (
        <Shot key={one.subject.key} one={one} />
      ))}
    </Stack>
  );
}

function Subject({ subject, mark, children }: { subject: { name: string; key: string }; mark?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={subject.name}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Group gap="xs">
          <Text fw={600}>{subject.name || subject.key}</Text>
          <Text size="xs" c="dimmed" className="mono">
            {subject.key}
          </Text>
        </Group>
        {mark}
      </Group>
      {children}
    </Paper>
  );
}

function Rendered({ one }: { one: Tested["rendered"][number] }) {
  if (one.request === null || one.request === undefined) {
    return (
      <Subject subject={one.subject} mark={<Standing kind="bad">{words.cannot}</Standing>}>
        <Text size="sm">{sentence(one.problem)}</Text>
      </Subject>
    );
  }
  return (
    <Subject subject={one.subject}>
      <RequestView request={one.request} />
      {one.after !== null && one.after !== undefined && (
        <Stack gap={6} mt="md">
          <Text size="sm" c="dimmed">
            {words.after}
          </Text>
          <RequestView request={one.after} />
        </Stack>
      )}
    </Subject>
  );
}

function Shot({ one }: { one: Tested["shots"][number] }) {
  const { result, subject } = one;
  const good = result.state === "succeeded";
  const cause = words.causes[result.cause];
  const mark = (
    <Group gap="xs">
      <Text size="xs" c="dimmed">
        {words.tries(result.attempts, duration(result.seconds))}
      </Text>
      <Standing kind={good ? "good" : result.state === "unknown" ? "warn" : "bad"}>{words.states[result.state] ?? result.state}</Standing>
    </Group>
  );
  const values = Object.entries(result.values ?? {});
  return (
    <Subject subject={subject} mark={mark}>
      <Stack gap="md">
        {(result.detail !== "" || (cause !== undefined && !good)) && (
          <Text size="sm">
            {cause !== undefined && !good && `${sentence(cause)} `}
            {result.detail !== "" && sentence(result.detail)}
          </Text>
        )}
        {(result.calls ?? []).map((call, place) => (
          // the calls of one test never move
          // oxlint-disable-next-line react/no-array-index-key
          <ExchangeView key={place} call={call} label={`${subject.name} ${place + 1}`} />
        ))}
        {values.length > 0 && (
          <Group gap={6}>
            <Text size="xs" c="dimmed">
              {words.gave}
            </Text>
            {values.map(([name, held]) => (
              <Code key={name}>
                {name} = {held.join(", ") || "–"}
              </Code>
            ))}
          </Group>
        )}
      </Stack>
    </Subject>
  );
}
