import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Explanation, WhyNot } from "../../api/schema";
import { Deltas } from "../../components/Deltas";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { account as words } from "../../texts/directory";
import classes from "./directory.module.css";

type Part = NonNullable<Explanation["standing"]>[number];

/** What Keepstep wrote of somebody, each with the chain that led to it; and why nothing more is done. */
export function Told({ who }: { who: string }) {
  const query = useQuery({ queryKey: ["why", who], queryFn: () => data(api.GET("/api/v1/why", { params: { query: { who } } })) });
  return (
    <Stack>
      <Loaded query={query}>
        {({ writes, standing }) => (
          <>
            {standing !== undefined && standing.length > 0 && <Parts parts={standing} />}
            {writes.length === 0 && (
              <Card withBorder>
                <Empty title={words.nothing}>{words.nothingText}</Empty>
              </Card>
            )}
            {writes.map((one) => (
              <Card key={`${one.at} ${one.what}`} withBorder component="article">
                <Stack gap="sm">
                  <Group justify="space-between" gap="xs">
                    <Text fw={600}>{one.what}</Text>
                    <Group gap="xs">
                      <Standing kind={one.state === "done" || one.state === "succeeded" ? "good" : "warn"}>{one.state}</Standing>
                      <Text size="sm" c="dimmed">
                        <Moment at={one.at} />
                      </Text>
                    </Group>
                  </Group>
                  {one.deltas !== undefined && one.deltas.length > 0 && <Deltas deltas={one.deltas} />}
                  <Parts parts={one.chain ?? []} />
                </Stack>
              </Card>
            ))}
          </>
        )}
      </Loaded>
      <NothingDone who={who} />
    </Stack>
  );
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return (
    <dl className={classes["parts"]}>
      {parts.map((part, number) => (
        // oxlint-disable-next-line react/no-array-index-key -- a part may come twice, and the list never changes
        <div key={number}>
          <dt>{part.name}</dt>
          <dd>{part.text}</dd>
        </div>
      ))}
    </dl>
  );
}

function NothingDone({ who }: { who: string }) {
  const [asked, setAsked] = useState(false);
  const query = useQuery({ queryKey: ["why-not", who], queryFn: () => data(api.GET("/api/v1/why-not", { params: { query: { who } } })), enabled: asked, staleTime: 0 });
  return (
    <Card withBorder component="section" aria-label={words.whyNot}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {words.whyNot}
          </Title>
          <Button variant="default" loading={query.isFetching} onClick={() => (asked ? void query.refetch() : setAsked(true))}>
            {words.ask}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {words.whyNotText}
        </Text>
        {asked && <Loaded query={query}>{(found) => <Answers found={found} />}</Loaded>}
      </Stack>
    </Card>
  );
}

function Answers({ found }: { found: Pick<WhyNot, "rules" | "unasked"> }) {
  return (
    <Stack gap="sm">
      {found.rules.map((one) => (
        <div key={one.rule}>
          <Text fw={600} size="sm">
            {words.would(one.rule)}
          </Text>
          <Parts parts={[...(one.would ?? []).map((text) => ({ name: "would", text })), ...(one.parts ?? [])]} />
        </div>
      ))}
      {found.unasked !== undefined && found.unasked.length > 0 && <Parts parts={found.unasked} />}
    </Stack>
  );
}
