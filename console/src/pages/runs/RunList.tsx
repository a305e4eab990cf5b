import { Anchor, Card, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { RunListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { duration, Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { AnyRunStanding, RunLink } from "../../components/RunStanding";
import { runs as words } from "../../texts/plans";
import { calledOf, countsOf, statesOf } from "./listed";

const PAGE = 50;

/** All runs, or those of one kind, the newest first; chosen and paged by the server. */
export function RunList() {
  const { kind, state, operator, search } = useSearch({ from: "/shell/runs" });
  const chosen = {
    ...(state === undefined ? {} : { state: [state] }),
    ...(operator === undefined ? {} : { operator }),
    ...(search === undefined ? {} : { search }),
  };
  const asked = { ...chosen, ...(kind === undefined ? {} : { kind }) };
  const query = useInfiniteQuery({
    queryKey: ["all-runs", "list", asked],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/all-runs", { params: { query: { ...asked, before: pageParam, limit: PAGE } } })),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length === PAGE ? page.at(-1)?.id : undefined),
    placeholderData: keepPreviousData,
  });
  const filtered = Object.keys(chosen).length > 0;
  return (
    <>
      <Filters />
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows />
      ) : (
        <RowTable
          label={words.runsTab}
          rows={query.data.pages.flat()}
          rowKey={(row) => row.id}
          columns={[
            {
              key: "started",
              title: words.run,
              cell: (row) => (
                <RunLink run={row}>
                  <Moment at={row.started} exact />
                </RunLink>
              ),
            },
            { key: "of", title: words.what, cell: (row) => <What run={row} /> },
            { key: "state", title: words.state, cell: (row) => <AnyRunStanding run={row} /> },
            { key: "count", title: words.results, cell: countsOf, wide: true },
            { key: "by", title: words.by, cell: (row) => <By run={row} />, wide: true },
            { key: "ended", title: words.ended, cell: (row) => row.ended != null && <Moment at={row.ended} />, wide: true },
            { key: "took", title: words.took, cell: (row) => tookOf(row.started, row.ended), wide: true },
          ]}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={
            <Card withBorder>
              <Empty title={filtered ? words.none : words.empty}>{filtered ? undefined : kind === "template" ? words.emptyTemplates : words.emptyText}</Empty>
            </Card>
          }
        />
      )}
    </>
  );
}

function What({ run }: { run: RunListed }) {
  return (
    <Stack gap={0}>
      <Text size="sm">{calledOf(run)}</Text>
      <Text size="xs" c="dimmed">
        {words.kinds[run.kind]}
      </Text>
    </Stack>
  );
}

/** Who started a run: a person, or the automation that did it by itself. */
function By({ run }: { run: RunListed }) {
  const may = useMay("read_configuration");
  const automation = run.automation ?? "";
  if (automation === "") return run.operator;
  if (!may) return words.byAutomation(automation);
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/automations/$name" params={{ name: automation }} {...props} />}>
      {words.byAutomation(automation)}
    </Anchor>
  );
}

function Filters() {
  const { kind, state, operator = "", search = "" } = useSearch({ from: "/shell/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const go = (name: "state" | "operator" | "search", value: string) =>
    void navigate({
      replace: true,
      search: (before) => {
        const { [name]: _, ...others } = before;
        return value === "" ? others : { ...others, [name]: value };
      },
    });
  return (
    <Group align="flex-end" gap="sm">
      <Typed label={words.name} value={search} go={(value) => go("search", value)} />
      <Select
        label={words.state}
        placeholder={words.anyState}
        clearable
        clearButtonProps={{ "aria-label": words.anyState }}
        value={state ?? null}
        onChange={(value) => go("state", value ?? "")}
        data={statesOf(kind)}
        style={{ flex: "0 1 200px" }}
      />
      <Typed label={words.by} value={operator} go={(value) => go("operator", value)} />
    </Group>
  );
}

function Typed({ label, value, go }: { label: string; value: string; go: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const later = useDebouncedCallback(go, 300);
  return (
    <TextInput
      label={label}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
      style={{ flex: "0 1 200px" }}
    />
  );
}

export function tookOf(started: string, ended: string | null | undefined): string {
  return ended == null ? "" : duration((Date.parse(ended) - Date.parse(started)) / 1000);
}
