import { Card, List, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBarrierBlock } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Tree } from "../../api/json";
import { asProblem } from "../../api/problem";
import type { TimeSaid } from "../../api/schema";
import { exact, Moment, ownZone, wall } from "../../components/Moment";
import { sentence } from "../../components/ProblemNote";
import { automations as words } from "../../texts/automations";

type Preview = Awaited<ReturnType<typeof ask>>;

function ask(trigger: string) {
  return data(api.POST("/api/v1/schedule-previews", { body: { trigger: JSON.parse(trigger) as Record<string, never> } }));
}

/** The next ten times of a schedule while somebody edits it, as the server works them out. */
export function NextTimes({ trigger }: { trigger: Tree }) {
  const [calm] = useDebouncedValue(JSON.stringify(trigger), 300);
  const query = useQuery({
    queryKey: ["schedule-preview", calm],
    queryFn: () => ask(calm),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 10_000,
  });
  return (
    <Card withBorder padding="sm" mih={260}>
      <Text size="xs" c="dimmed" fw={600}>
        {words.nextTimes}
      </Text>
      {query.error !== null ? (
        <Text size="sm" role="status">
          {sentence(asProblem(query.error).errors[0]?.message ?? asProblem(query.error).message)}
        </Text>
      ) : (
        query.data !== undefined && <Times preview={query.data} />
      )}
    </Card>
  );
}

function Times({ preview }: { preview: Preview }) {
  const [first] = preview.next;
  return (
    <>
      <Text size="sm" fw={600} mt={4} role="status">
        {sentence(preview.words)}
      </Text>
      {first === undefined ? (
        <Text size="sm">{preview.times.length === 0 ? words.noTimes : words.noStart}</Text>
      ) : (
        first !== preview.times[0]?.at && (
          <Text size="sm">
            {words.firstStart} <Moment at={first} exact />
          </Text>
        )
      )}
      <Text size="xs" c="dimmed" mb={4}>
        {words.zones(ownZone(), preview.timezone)}
      </Text>
      <List size="sm" type="ordered" spacing={4}>
        {preview.times.map((one) => (
          <List.Item key={one.at}>
            <Time time={one} />
          </List.Item>
        ))}
      </List>
    </>
  );
}

function Time({ time }: { time: TimeSaid }) {
  return (
    <>
      <span title={exact(new Date(time.at))}>
        <Moment at={time.at} exact /> · <Moment at={time.at} />
      </span>
      <Text size="xs" c="dimmed">
        {wall(time.local)}
      </Text>
      {time.blackout !== null && (
        <Text size="xs" fw={600}>
          <IconBarrierBlock size={14} aria-hidden style={{ verticalAlign: "text-bottom" }} /> {words.heldBack(time.blackout)}{" "}
          {time.fires === null ? (
            words.leftOut
          ) : (
            <>
              {words.startsAfter} <Moment at={time.fires} exact />
            </>
          )}
        </Text>
      )}
    </>
  );
}
