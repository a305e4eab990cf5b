import { Alert, Anchor, Button, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconPlus, IconSend } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { documentQuery } from "../../api/draft";
import type { Channel, Notice } from "../../api/schema";
import { useMay } from "../../api/session";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { NameDialog } from "../../components/NameDialog";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { notifications as words } from "../../texts/installation";
import { notify as editing } from "../../texts/notify";
import { rulesOf } from "./notify";

/** The ways to tell people, each tried by a button, and what they were told. */
export function NotificationsTab() {
  const query = useQuery({ queryKey: ["channels"], queryFn: () => data(api.GET("/api/v1/channels")) });
  const mayRead = useMay("read_audit", "change_configuration");
  const mayChange = useMay("change_configuration");
  const navigate = useNavigate();
  const [adding, setAdding] = useState<"channel" | "rule" | null>(null);
  return (
    <Stack gap="lg">
      <Stack gap="sm" component="section" aria-label={words.channels}>
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {words.lead}
          </Text>
          {mayChange && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding("channel")}>
              {editing.add}
            </Button>
          )}
        </Group>
        <Loaded query={query}>
          {(rows) => (
            <RowTable
              label={words.channels}
              rows={rows}
              rowKey={(row) => row.name}
              columns={[
                { key: "name", title: words.name, cell: (row) => <PartLink to="channels" name={row.name} /> },
                { key: "kind", title: words.kind, cell: (row) => words.kinds[row.kind] ?? row.kind },
                { key: "rules", title: words.rules, cell: (row) => row.rules.join(", ") || words.noRule, wide: true },
                { key: "about", title: words.about, cell: (row) => row.description, wide: true },
                { key: "test", title: words.test, cell: (row) => <TestButton channel={row} /> },
              ]}
              empty={<Empty title={words.none}>{words.noneText}</Empty>}
            />
          )}
        </Loaded>
      </Stack>
      <Rules add={() => setAdding("rule")} />
      {mayRead && <Notices />}
      {adding === "channel" && (
        <NameDialog title={editing.add} label={editing.name} hint={editing.nameHint} go={(name) => void navigate({ to: "/settings/notifications/channels/$name", params: { name } })} close={() => setAdding(null)} />
      )}
      {adding === "rule" && (
        <NameDialog title={editing.addRule} label={editing.name} hint={editing.nameHint} go={(name) => void navigate({ to: "/settings/notifications/rules/$name", params: { name } })} close={() => setAdding(null)} />
      )}
    </Stack>
  );
}

function PartLink({ to, name }: { to: "channels" | "rules"; name: string }) {
  const at = to === "channels" ? ("/settings/notifications/channels/$name" as const) : ("/settings/notifications/rules/$name" as const);
  return (
    <Anchor size="sm" fw={550} renderRoot={(props) => <Link to={at} params={{ name }} {...props} />}>
      {name}
    </Anchor>
  );
}

/** What is told by which channels. */
function Rules({ add }: { add: () => void }) {
  const mayChange = useMay("change_configuration");
  const query = useQuery(documentQuery);
  return (
    <Stack gap="sm" component="section" aria-label={editing.rulesTitle}>
      <Title order={2} size="h4">
        {editing.rulesTitle}
      </Title>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {editing.rulesLead}
        </Text>
        {mayChange && (
          <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
            {editing.addRule}
          </Button>
        )}
      </Group>
      <Loaded query={query}>
        {(document) => (
          <RowTable
            label={editing.rulesTitle}
            rows={rulesOf(document.value)}
            rowKey={(row) => row.name}
            columns={[
              { key: "name", title: editing.name, cell: (row) => <PartLink to="rules" name={row.name} /> },
              { key: "to", title: editing.rule.to, cell: (row) => row.to },
              { key: "severity", title: editing.rule.severity, cell: (row) => editing.rule.severities.find((one) => one.value === row.severity)?.label ?? row.severity, wide: true },
            ]}
            empty={<Empty title={editing.noRules}>{editing.noRulesText}</Empty>}
          />
        )}
      </Loaded>
    </Stack>
  );
}

function TestButton({ channel }: { channel: Channel }) {
  const mayTest = useMay("test_connections");
  const trying = useMutation({
    mutationFn: () => data(api.POST("/api/v1/channels/{channel}/test", { params: { path: { channel: channel.name } }, body: { text: words.text } })),
  });
  if (!mayTest) return null;
  const good = trying.data?.state === "succeeded";
  return (
    <Stack gap={6} align="flex-start" aria-live="polite">
      <Button size="compact-sm" variant="default" leftSection={<IconSend size={14} aria-hidden />} loading={trying.isPending} onClick={() => trying.mutate()} aria-label={`${words.send}: ${channel.name}`}>
        {words.send}
      </Button>
      {trying.data !== undefined && (
        <Alert color={good ? "green" : "orange"} p="xs">
          {good ? words.arrived : trying.data.detail || trying.data.state}
        </Alert>
      )}
      <ProblemNote error={trying.error} />
    </Stack>
  );
}

const LOOKS: Readonly<Record<string, "good" | "bad" | "busy">> = { sent: "good", failed: "bad", waiting: "busy" };

function Notices() {
  const { state } = useSearch({ from: "/shell/settings/notifications" });
  const navigate = useNavigate({ from: "/settings/notifications" });
  const query = useInfiniteQuery({
    queryKey: ["notices", { state }],
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/v1/notices", { params: { query: { limit: 50, ...(state === undefined ? {} : { state }), ...(pageParam === null ? {} : { before: pageParam }) } } })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
  return (
    <Stack gap="sm" component="section" aria-label={words.notices}>
      <Title order={2} size="h4">
        {words.notices}
      </Title>
      <SegmentedControl
        aria-label={words.state}
        value={state ?? "all"}
        onChange={(next) => void navigate({ search: next === "waiting" || next === "sent" || next === "failed" ? { state: next } : {}, replace: true })}
        data={(["all", "waiting", "sent", "failed"] as const).map((value) => ({ value, label: words.states[value] }))}
        maw={460}
      />
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows />
      ) : (
        <RowTable
          label={words.notices}
          rows={query.data.pages.flatMap((page) => page.items)}
          rowKey={(row) => String(row.number)}
          columns={[
            { key: "due", title: words.due, cell: (row) => <Moment at={row.due} /> },
            { key: "subject", title: words.subject, cell: (row) => <Told notice={row} /> },
            { key: "channel", title: words.by, cell: (row) => `${row.channel} · ${row.rule}`, wide: true },
            { key: "state", title: words.state, cell: (row) => <Standing kind={LOOKS[row.state] ?? "busy"}>{row.state}</Standing> },
          ]}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={<Empty title={words.nothing}>{words.nothingText}</Empty>}
        />
      )}
    </Stack>
  );
}

function Told({ notice }: { notice: Notice }) {
  return (
    <>
      <Text size="sm" fw={550}>
        {notice.subject}
      </Text>
      <Text size="xs" c="dimmed" lineClamp={3}>
        {notice.text}
      </Text>
      {notice.detail !== "" && <Text size="xs">{notice.detail}</Text>}
    </>
  );
}
