import { Card, List, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Tree } from "../../api/json";
import { asProblem } from "../../api/problem";
import { exact, Moment } from "../../components/Moment";
import { sentence } from "../../components/ProblemNote";
import { automations as words } from "../../texts/automations";

/** The next ten times of a schedule while somebody edits it, as the server works them out. */
export function NextTimes({ trigger }: { trigger: Tree }) {
  const [calm] = useDebouncedValue(JSON.stringify(trigger), 300);
  const query = useQuery({
    queryKey: ["schedule-preview", calm],
    queryFn: () => data(api.POST("/api/v1/schedule-previews", { body: { trigger: JSON.parse(calm) as Record<string, never> } })),
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
        query.data !== undefined && (
          <>
            <Text size="sm" fw={600} my={4} role="status">
              {sentence(query.data.words)}
            </Text>
            <List size="sm" type="ordered">
              {query.data.next.map((one) => (
                <List.Item key={one}>
                  <span title={exact(new Date(one))}>
                    <Moment at={one} exact /> · <Moment at={one} />
                  </span>
                </List.Item>
              ))}
            </List>
          </>
        )
      )}
    </Card>
  );
}
