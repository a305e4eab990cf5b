import { Button, Card, Group, MultiSelect, Select, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { tree } from "../../api/json";
import type { ConnectionShown, Work } from "../../api/schema";
import { useMay } from "../../api/session";
import { isOver, useAskWork, useWork } from "../../api/works";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowsExport } from "../../components/RowsExport";
import { RowTable } from "../../components/RowTable";
import { SearchField } from "../../components/SearchField";
import { WorkProgress } from "../../components/WorkProgress";
import { people as words } from "../../texts/people";
import { listedOf, objectsOf } from "./people";
import { connectionQuery, presetsQuery } from "./queries";
import type { ListSort } from "./routes";

/** Everybody whom a connection has, as it was read last by whoever looks; read anew by a button. */
export function PeopleTab() {
  const { name } = useParams({ from: "/shell/applications/$name" });
  return <Loaded query={useQuery(connectionQuery(name))}>{(connection) => <Listing key={name} connection={connection} />}</Loaded>;
}

function Listing({ connection }: { connection: ConnectionShown }) {
  const { name } = connection;
  const { work } = useSearch({ from: "/shell/applications/$name/people" });
  const navigate = useNavigate({ from: "/applications/$name/people" });
  const last = useQuery({
    queryKey: ["works", "last", "people", name],
    queryFn: () => data(api.GET("/api/v1/works", { params: { query: { limit: 50 } } })),
    enabled: work === undefined,
  });
  const found = last.data?.items.find((one) => one.wanted.kind === "people" && one.wanted.connection === name && one.state === "done");
  const shown = work ?? found?.id;
  const current = useWork(shown);
  const asking = useAskWork((begun) => void navigate({ search: (now) => ({ ...now, work: begun.id, search: "" }) }));
  const busy = current.data !== undefined && !isOver(current.data);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {words.lead}
      </Text>
      <Ask connection={connection} busy={asking.isPending || busy} ask={(objects, attributes) => asking.mutate({ kind: "people", connection: name, objects, attributes })} />
      <ProblemNote error={asking.error} />
      {shown !== undefined && <WorkProgress id={shown} label={words.reading} />}
      {current.data?.state === "done" ? (
        <Rows key={current.data.id} work={current.data} />
      ) : work === undefined && last.isPending ? (
        <LoadingRows />
      ) : (
        shown === undefined && (
          <Card withBorder>
            <Empty title={words.never}>{words.neverText}</Empty>
          </Card>
        )
      )}
    </Stack>
  );
}

interface AskProps {
  connection: ConnectionShown;
  busy: boolean;
  ask: (objects: string, attributes: string[]) => void;
}

/** Which objects, and what is told of each. */
function Ask({ connection, busy, ask }: AskProps) {
  const may = useMay("read_people");
  const written = tree(connection.written);
  const presets = useQuery(presetsQuery).data ?? [];
  const preset = presets.find((one) => one.name === String(written["preset"] ?? "infobip"));
  const known = objectsOf(connection.kind, written, preset?.objects ?? []);
  const [chosen, setChosen] = useState("");
  const [attributes, setAttributes] = useState<string[]>([]);
  const objects = chosen || (known[0] ?? "");
  const fields = useQuery({
    queryKey: ["connections", connection.name, "fields", objects],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/fields", { params: { path: { connection: connection.name }, query: { objects } } })),
    enabled: may && objects !== "",
  });
  if (!may) return null;
  return (
    <Group align="flex-end" gap="sm">
      {known.length > 1 && (
        <Select
          label={words.objects}
          allowDeselect={false}
          data={known}
          value={objects}
          onChange={(next) => {
            setChosen(next ?? "");
            setAttributes([]);
          }}
          w={200}
        />
      )}
      <MultiSelect
        label={words.attributes}
        {...(attributes.length === 0 ? { placeholder: words.usual } : {})}
        data={fields.data?.map((one) => one.name) ?? []}
        value={attributes}
        onChange={setAttributes}
        searchable
        clearable
        clearButtonProps={{ "aria-label": words.usual }}
        limit={60}
        flex="1 1 260px"
      />
      <Button leftSection={<IconRefresh size={16} aria-hidden />} loading={busy} onClick={() => ask(objects, attributes)}>
        {words.read}
      </Button>
    </Group>
  );
}

/** The rows of one list: paged, searched and put in order by the server. */
function Rows({ work }: { work: Work }) {
  const { search = "", sort = "name" } = useSearch({ from: "/shell/applications/$name/people" });
  const navigate = useNavigate({ from: "/applications/$name/people" });
  const query = useInfiniteQuery({
    queryKey: ["works", work.id, "rows", { search, sort }],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/works/{work}/rows", { params: { path: { work: work.id }, query: { after: pageParam, limit: 100, search, sort } } })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const names = (work.result?.["attributes"] ?? "").split(",").filter(Boolean);
  const incomplete = work.result?.["incomplete"] ?? "";
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Text size="sm" c="dimmed" role="status">
          {words.count(work.rows ?? 0)} · {words.of(work.result?.["objects"] ?? "")} <Moment at={work.ended} />
        </Text>
        <Standing kind={incomplete === "" ? "good" : "warn"}>{incomplete === "" ? words.whole : incomplete}</Standing>
      </Group>
      <RowsExport work={work.id} search={search} />
      <SearchField label={words.search} value={search} go={(next) => void navigate({ search: (now) => ({ ...now, search: next }), replace: true })} />
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows />
      ) : (
        <RowTable
          label={words.rows}
          rows={listedOf(query.data.pages.flatMap((page) => page.items))}
          rowKey={(row) => String(row.number)}
          columns={[
            { key: "name", title: words.name, sortable: true, cell: (row) => row.name },
            ...names.map((name) => ({ key: `attribute ${name}`, title: name, cell: (row: { attributes: Readonly<Record<string, readonly string[]>> }) => (row.attributes[name] ?? []).join("; "), wide: true })),
            { key: "key", title: words.key, cell: (row) => <span className="mono">{row.key}</span> },
          ]}
          sort={sort}
          onSort={(next) => void navigate({ search: (now) => ({ ...now, sort: next as ListSort }), replace: true })}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={<Empty title={words.none}>{words.noneText}</Empty>}
        />
      )}
    </Stack>
  );
}
