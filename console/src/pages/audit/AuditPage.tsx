import { Button, Code, Drawer, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { address, api, data } from "../../api/client";
import type { AuditEntry } from "../../api/schema";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { audit as words } from "../../texts/audit";
import { ProofCard } from "./ProofCard";
import { type AuditSearch, FILTERS } from "./routes";

/** The audit log, newest first: filtered by the server, each record in full, and the proof that it is whole. */
export function AuditPage() {
  const chosen = useSearch({ from: "/shell/audit" });
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["audit", chosen],
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/audit", {
          params: { query: { ...chosen, newest: true, limit: 100, ...(pageParam === null ? {} : { before: pageParam }) } },
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    // each look is an entry of its own: none is made without a person
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const actions = (
    <>
      <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => void query.refetch()} loading={query.isRefetching}>
        {words.refresh}
      </Button>
      <Button variant="default" component="a" href={address(`/api/v1/audit/export?${new URLSearchParams(chosen)}`)} download="audit.jsonl" leftSection={<IconDownload size={16} aria-hidden />}>
        {words.export}
      </Button>
    </>
  );
  return (
    <Page title={words.title} lead={words.lead} help="audit" actions={actions}>
      <ProofCard />
      <Filters key={JSON.stringify(chosen)} chosen={chosen} />
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows />
      ) : (
        <RowTable
          label={words.entries}
          rows={query.data.pages.flatMap((page) => page.items)}
          rowKey={(row) => String(row.sequence)}
          onOpen={setOpened}
          columns={[
            { key: "action", title: words.action, cell: (row) => row.action },
            { key: "subject", title: words.subject, cell: (row) => <span className="mono">{row.subject}</span>, wide: true },
            { key: "operator", title: words.who, cell: (row) => row.operator },
            { key: "origin", title: words.origin, cell: (row) => row.origin, wide: true },
            { key: "at", title: words.at, cell: (row) => <Moment at={row.at} /> },
          ]}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={<Empty title={words.empty}>{words.emptyText}</Empty>}
        />
      )}
      <Entry entry={opened} close={() => setOpened(null)} />
    </Page>
  );
}

function Filters({ chosen }: { chosen: AuditSearch }) {
  const navigate = useNavigate({ from: "/audit" });
  const form = useForm({
    mode: "uncontrolled",
    initialValues: Object.fromEntries(FILTERS.map((one) => [one, chosen[one] ?? ""])) as Record<(typeof FILTERS)[number], string>,
  });
  const labels = { operator: words.who, action: words.action, subject: words.subject, correlation: words.correlation, since: words.since, until: words.until };
  const show = (given: typeof form.values) =>
    void navigate({ search: Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== "")) });
  return (
    <form onSubmit={form.onSubmit(show)}>
      <Group align="flex-end" gap="sm">
        {FILTERS.map((one) => (
          <TextInput
            key={form.key(one)}
            label={labels[one]}
            type={one === "since" || one === "until" ? "date" : "text"}
            style={{ flex: "1 1 140px" }}
            {...form.getInputProps(one)}
          />
        ))}
        <Button type="submit">{words.filter}</Button>
        {Object.keys(chosen).length > 0 && (
          <Button variant="subtle" onClick={() => void navigate({ search: {} })}>
            {words.clear}
          </Button>
        )}
      </Group>
    </form>
  );
}

function Entry({ entry, close }: { entry: AuditEntry | null; close: () => void }) {
  return (
    <Drawer opened={entry !== null} onClose={close} size="lg" title={entry === null ? "" : words.number(entry.sequence)}>
      {entry !== null && (
        <Stack>
          <Table variant="vertical" layout="fixed">
            <Table.Tbody>
              <Line title={words.action}>{entry.action}</Line>
              <Line title={words.subject}>{entry.subject}</Line>
              <Line title={words.who}>{entry.operator}</Line>
              <Line title={words.at}>
                <Moment at={entry.at} exact />
              </Line>
              <Line title={words.origin}>{entry.origin}</Line>
              <Line title={words.correlation}>
                <Button
                  variant="transparent"
                  p={0}
                  h="auto"
                  renderRoot={(props) => <Link to="/audit" search={{ correlation: entry.correlation }} onClick={close} {...props} />}
                >
                  <span className="mono">{entry.correlation}</span>
                </Button>
              </Line>
            </Table.Tbody>
          </Table>
          <Title order={2} size="h5">
            {words.detail}
          </Title>
          {Object.entries(entry.detail).map(([name, value]) => (
            <div key={name}>
              <Text size="xs" c="dimmed" fw={600}>
                {name}
              </Text>
              <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
                {value}
              </Code>
            </div>
          ))}
          <Title order={2} size="h5">
            {words.chain}
          </Title>
          <Text size="xs" className="mono">
            {words.digest}: {entry.digest}
          </Text>
          <Text size="xs" className="mono">
            {words.previous}: {entry.previous}
          </Text>
        </Stack>
      )}
    </Drawer>
  );
}

function Line({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={140}>{title}</Table.Th>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{children}</Table.Td>
    </Table.Tr>
  );
}
