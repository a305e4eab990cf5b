import { Alert, Button, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import type { Channel, Notice } from "../../api/schema";
import { useMay } from "../../api/session";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { notifications as words } from "../../texts/installation";

/** The ways to tell people, each tried by a button, and what they were told. */
export function NotificationsTab() {
  const query = useQuery({ queryKey: ["channels"], queryFn: () => data(api.GET("/api/v1/channels")) });
  const mayRead = useMay("read_audit", "change_configuration");
  return (
    <Stack gap="lg">
      <Stack gap="sm" component="section" aria-label={words.channels}>
        <Text size="sm" c="dimmed">
          {words.lead}
        </Text>
        <Loaded query={query}>
          {(rows) => (
            <RowTable
              label={words.channels}
              rows={rows}
              rowKey={(row) => row.name}
              columns={[
                { key: "name", title: words.name, cell: (row) => <Text size="sm" fw={550}>{row.name}</Text> },
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
      {mayRead && <Notices />}
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
