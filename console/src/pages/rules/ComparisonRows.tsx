import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Work } from "../../api/schema";
import { useMay } from "../../api/session";
import { Standing } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowsExport } from "../../components/RowsExport";
import { RowTable } from "../../components/RowTable";
import { SearchField } from "../../components/SearchField";
import { comparison as words, STANDING_MEANINGS, STANDINGS, type StandingName } from "../../texts/comparison";
import { type ComparisonRow, type Difference, isStanding, narrowedBy, narrowedIn, rowsOf } from "./comparison";
import { RowActions } from "./RowActions";
import type { ComparisonSearch, RowSort } from "./routes";

function searching(now: ComparisonSearch, text: string): ComparisonSearch {
  const { search: _before, ...rest } = now;
  return text === "" ? rest : { ...rest, search: text };
}

const LOOKS: Readonly<Record<StandingName, "good" | "bad" | "warn" | "calm">> = {
  in_step: "good",
  mismatched: "warn",
  only_in_source: "warn",
  unauthorised: "bad",
  disabled_but_active: "bad",
  duplicate: "bad",
  disputed: "bad",
  ignored: "calm",
};

/** The rows of one comparison: situations as tabs with their counts, paged and searched by the server. */
export function ComparisonRows({ rule, work }: { rule: string; work: Work }) {
  const { tag, search = "", sort = "number" } = useSearch({ from: "/shell/rules/$rule/" });
  const navigate = useNavigate({ from: "/rules/$rule" });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState("");
  const mayAct = useMay("pair_accounts", "make_plans");
  const counts = Object.fromEntries(Object.entries(work.result ?? {}).filter(([name]) => isStanding(name))) as Partial<Record<StandingName, string>>;
  const first = (Object.keys(STANDINGS) as StandingName[]).find((one) => Number(counts[one] ?? 0) > 0 && one !== "in_step") ?? "in_step";
  const shown = tag ?? first;
  const query = useInfiniteQuery({
    queryKey: ["works", work.id, "rows", { shown, search, sort }],
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/v1/works/{work}/rows", { params: { path: { work: work.id }, query: { after: pageParam, limit: 100, tag: shown, search, sort } } })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  // where the comparison is narrowed down, its rows are fewer than those who stand so
  const told = narrowedBy(narrowedIn(work.wanted)) > 0 ? (query.data?.pages[0]?.counts ?? {}) : counts;
  const rows = rowsOf(query.data?.pages.flatMap((page) => page.items) ?? []);
  const selected = rows.filter((one) => chosen.has(String(one.number)));
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {words.asOf} <Moment at={work.ended} />. {STANDING_MEANINGS[shown]}
      </Text>
      {work.result?.["incomplete"] && <Alert color="orange">{work.result["incomplete"]}</Alert>}
      <Tabs shown={shown} counts={told} go={(next) => void navigate({ search: (now) => ({ ...now, tag: next }), replace: true })} />
      <RowsExport work={work.id} tag={shown} search={search} />
      <SearchField
        label={words.search}
        value={search}
        go={(next) =>
          void navigate({
            search: (now) => searching(now, next),
            replace: true,
          })
        }
      />
      {mayAct && selected.length > 0 && (
        <RowActions
          rule={rule}
          work={work.id}
          rows={selected}
          done={(text) => {
            setSaid(text);
            setChosen(new Set());
          }}
        />
      )}
      {said !== "" && (
        <Alert color="green" role="status" withCloseButton closeButtonLabel="Close" onClose={() => setSaid("")}>
          {said}
        </Alert>
      )}
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows />
      ) : (
        <RowTable
          label={words.rows}
          rows={rows}
          rowKey={(row) => String(row.number)}
          {...(mayAct ? { selected: chosen, onSelect: setChosen } : {})}
          columns={[
            { key: "name", title: words.who, sortable: true, cell: (row) => <Who row={row} /> },
            { key: "standing", title: words.standing, cell: (row) => <Standing kind={LOOKS[row.standing]}>{STANDINGS[row.standing]}</Standing>, wide: true },
            { key: "differs", title: words.differs, cell: (row) => <Differences row={row} /> },
            { key: "keys", title: words.keys, cell: (row) => <Keys row={row} />, wide: true },
          ]}
          sort={sort}
          onSort={(next) => void navigate({ search: (now) => ({ ...now, sort: next as RowSort }), replace: true })}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={<Empty title={words.none}>{words.noneText}</Empty>}
        />
      )}
    </Stack>
  );
}

function Tabs({ shown, counts, go }: { shown: StandingName; counts: Partial<Record<StandingName, string | number>>; go: (next: StandingName) => void }) {
  return (
    <Group gap={6} role="group" aria-label={words.standing}>
      {(Object.keys(STANDINGS) as StandingName[]).map((one) => (
        <Button key={one} size="compact-md" variant={one === shown ? "filled" : "default"} aria-pressed={one === shown} onClick={() => go(one)}>
          {STANDINGS[one]} · {Number(counts[one] ?? 0).toLocaleString()}
        </Button>
      ))}
    </Group>
  );
}

function Who({ row }: { row: ComparisonRow }) {
  return (
    <Stack gap={0}>
      <Text size="sm" fw={600}>
        {row.name}
      </Text>
      {row.note !== "" && (
        <Text size="xs" c="dimmed">
          {row.note}
        </Text>
      )}
    </Stack>
  );
}

function Keys({ row }: { row: ComparisonRow }) {
  return (
    <Text size="xs" className="mono">
      {row.sourceKey || "–"}
      <br />
      {row.targetKey || "–"}
    </Text>
  );
}

function Differences({ row }: { row: ComparisonRow }) {
  return (
    <Stack gap={2}>
      {row.differences.map((one) => (
        <DifferenceLine key={one.name} one={one} />
      ))}
    </Stack>
  );
}

function valuesOf(values: readonly string[] | null): string {
  return values === null || values.length === 0 ? words.nothing : values.join(", ");
}

function DifferenceLine({ one }: { one: Difference }) {
  return (
    <Text size="sm">
      <Text span size="xs" c="dimmed">
        {one.name}
      </Text>{" "}
      {words.before} <b>{valuesOf(one.before)}</b>, {words.after} <b>{valuesOf(one.after)}</b>
    </Text>
  );
}

