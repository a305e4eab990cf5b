import { Anchor, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, data } from "../../api/client";
import type { RunListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { AutomationStanding } from "../../components/AutomationStanding";
import { Loaded } from "../../components/Loaded";
import { Moment, useNow } from "../../components/Moment";
import { LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { AnyRunStanding, RunLink } from "../../components/RunStanding";
import { overview as words } from "../../texts/overview";
import { calledOf } from "../runs/listed";

export function Part({ title, to, children }: { title: string; to: NonNullable<LinkProps["to"]>; children: ReactNode }) {
  return (
    <Card withBorder mih={150}>
      <Title order={2} size="h5" mb="xs">
        <Anchor c="inherit" inherit renderRoot={(props) => <Link to={to} {...props} />}>
          {title}
        </Anchor>
      </Title>
      {children}
    </Card>
  );
}

export const waiting = <LoadingRows rows={2} height={24} />;

export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}

/** What waits for a person: plans to approve, systems that are left in peace, secrets that nothing opens. */
export function WaitingCard() {
  const mayApprovals = useMay("read_runs", "approve");
  const mayConnections = useMay("read_configuration");
  const maySecrets = useMay("set_secrets");
  const approvals = useQuery({
    queryKey: ["approvals", {}],
    queryFn: () => data(api.GET("/api/v1/approvals", { params: { query: { every: false, limit: 200 } } })),
    enabled: mayApprovals,
  });
  const connections = useQuery({ queryKey: ["connections"], queryFn: () => data(api.GET("/api/v1/connections")), enabled: mayConnections });
  const secrets = useQuery({ queryKey: ["secrets"], queryFn: () => data(api.GET("/api/v1/secrets")), enabled: maySecrets });
  const found: ReactNode[] = [];
  const count = approvals.data?.length ?? 0;
  if (count > 0) {
    found.push(
      <Anchor key="approvals" size="sm" renderRoot={(props) => <Link to="/approvals" search={{}} {...props} />}>
        {words.approvals(count)}
      </Anchor>,
    );
  }
  for (const one of connections.data ?? []) {
    const told = one.circuit?.opened != null ? words.circuit(one.name) : one.enabled ? null : words.off(one.name);
    if (told !== null) {
      found.push(
        <Anchor key={one.name} size="sm" renderRoot={(props) => <Link to="/applications/$name" params={{ name: one.name }} {...props} />}>
          {told}
        </Anchor>,
      );
    }
  }
  for (const one of secrets.data?.filter((secret) => secret.problem !== "") ?? []) {
    found.push(
      <Anchor key={one.name} size="sm" renderRoot={(props) => <Link to="/settings/secrets" {...props} />}>
        {words.unread(one.name)}
      </Anchor>,
    );
  }
  return (
    <Part title={words.waits} to="/approvals">
      {approvals.isLoading || connections.isLoading ? waiting : found.length === 0 ? <Nothing>{words.nothingWaits}</Nothing> : <Stack gap={4}>{found}</Stack>}
    </Part>
  );
}

/** What starts next by itself. */
export function NextCard() {
  const query = useQuery({ queryKey: ["automations"], queryFn: () => data(api.GET("/api/v1/automations")) });
  return (
    <Part title={words.next} to="/automations">
      <Loaded query={query} waiting={waiting}>
        {(all) => {
          const next = all
            .flatMap((one) => (one.enabled && one.next[0] !== undefined ? [{ name: one.name, at: one.next[0] }] : []))
            .toSorted((one, other) => one.at.localeCompare(other.at))
            .slice(0, 10);
          if (next.length === 0) return <Nothing>{words.nothingNext}</Nothing>;
          return (
            <Stack gap={4}>
              {next.map((one) => (
                <Group key={one.name} justify="space-between">
                  <Anchor size="sm" renderRoot={(props) => <Link to="/automations/$name" params={{ name: one.name }} {...props} />}>
                    {one.name}
                  </Anchor>
                  <Text size="sm">
                    <Moment at={one.at} />
                  </Text>
                </Group>
              ))}
            </Stack>
          );
        }}
      </Loaded>
    </Part>
  );
}

const FAILED: ReadonlySet<string> = new Set(["failed", "partial", "guarded", "incomplete"]);
const LATELY = 7 * 86_400_000;

/** What failed last, and why: automations by their last start, and runs that people began. */
export function FailedCard() {
  const may = useMay("read_configuration");
  const query = useQuery({ queryKey: ["automations"], queryFn: () => data(api.GET("/api/v1/automations")), enabled: may });
  const runs = useQuery({
    queryKey: ["all-runs", "failed"],
    queryFn: () => data(api.GET("/api/v1/all-runs", { params: { query: { state: ["partial", "stopped"], limit: 10 } } })),
  });
  const now = useNow(60_000);
  const failed = query.data?.filter((one) => one.last !== null && FAILED.has(one.last.state)) ?? [];
  const told = new Set(failed.map((one) => one.name));
  const others = runs.data?.filter((one) => !told.has(one.automation ?? "") && now - Date.parse(one.started) < LATELY).slice(0, 5) ?? [];
  const error = runs.error ?? query.error;
  return (
    <Part title={words.failed} to="/runs">
      <ProblemNote error={error} />
      {(may && query.isPending) || runs.isPending ? (
        error === null && waiting
      ) : failed.length + others.length === 0 ? (
        error === null && <Nothing>{words.nothingFailed}</Nothing>
      ) : (
        <Stack gap={6}>
          {failed.map((one) => (
            <div key={one.name}>
              <Group gap="xs">
                <Anchor size="sm" renderRoot={(props) => <Link to="/automations/$name" params={{ name: one.name }} {...props} />}>
                  {one.name}
                </Anchor>
                {one.last !== null && <AutomationStanding state={one.last.state} />}
              </Group>
              <Text size="xs">{one.last?.reasons?.[0]}</Text>
            </div>
          ))}
          {others.map((one) => (
            <div key={one.id}>
              <RunLine run={one} />
              <Text size="xs">{one.note}</Text>
            </div>
          ))}
        </Stack>
      )}
    </Part>
  );
}

function RunLine({ run }: { run: RunListed }) {
  return (
    <Group justify="space-between">
      <Group gap="xs">
        <RunLink run={run}>{calledOf(run)}</RunLink>
        <AnyRunStanding run={run} />
      </Group>
      <Text size="sm">
        <Moment at={run.started} />
      </Text>
    </Group>
  );
}

/** The last runs, of plans and of templates. */
export function RunsCard() {
  const query = useQuery({
    queryKey: ["all-runs", "newest"],
    queryFn: () => data(api.GET("/api/v1/all-runs", { params: { query: { limit: 6 } } })),
  });
  return (
    <Part title={words.runs} to="/runs">
      <Loaded query={query} waiting={waiting}>
        {(runs) =>
          runs.length === 0 ? (
            <Nothing>{words.noRuns}</Nothing>
          ) : (
            <Stack gap={4}>
              {runs.map((one) => (
                <RunLine key={one.id} run={one} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Part>
  );
}
