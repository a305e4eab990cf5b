import { Group, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { TemplateRun } from "../../api/schema";
import { Standing } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { runs as words, SUBJECT_STATES as NAMES } from "../../texts/templates";
import { SUBJECT_STATES, type SubjectState } from "./counts";

export const LOOKS = { ready: "busy", waiting: "calm", approval: "warn", unknown: "bad", succeeded: "good", failed: "bad", cancelled: "calm" } as const satisfies Record<SubjectState, string>;

/** The people of a run, a page at a time, by state or by name. */
export function SubjectTable({ run, onOpen }: { run: TemplateRun; onOpen: (position: number) => void }) {
  const { state, who } = useSearch({ from: "/shell/template-runs/$run" });
  const navigate = useNavigate({ from: "/template-runs/$run" });
  const [typed, setTyped] = useState(who ?? "");
  const search = useDebouncedCallback((text: string) => void navigate({ search: (now) => ({ ...now, who: text || undefined }), replace: true }), 300);
  const wanted = SUBJECT_STATES.find((one) => one === state);
  const query = useInfiniteQuery({
    queryKey: ["template-runs", run.id, "subjects", wanted ?? "", who ?? ""],
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/template-runs/{run}/subjects", {
          params: { path: { run: run.id }, query: { after: pageParam, limit: 100, state: wanted === undefined ? [] : [wanted], who: who ?? "" } },
        }),
      ),
    initialPageParam: -1,
    getNextPageParam: (page) => page.next,
  });
  return (
    <>
      <Group gap="sm" align="flex-end">
        <Select
          label={words.filter}
          w={200}
          data={[{ value: "", label: words.all }, ...SUBJECT_STATES.map((one) => ({ value: one, label: NAMES[one] }))]}
          value={wanted ?? ""}
          allowDeselect={false}
          onChange={(next) => void navigate({ search: (now) => ({ ...now, state: next || undefined }), replace: true })}
        />
        <TextInput
          label={words.who}
          w={220}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
        />
      </Group>
      {query.data === undefined && query.error === null && <LoadingRows />}
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data !== undefined && (
        <RowTable
          label={words.people}
          rows={query.data.pages.flatMap((page) => page.items)}
          rowKey={(row) => String(row.position)}
          onOpen={(row) => onOpen(row.position)}
          columns={[
            { key: "name", title: words.name, cell: (row) => row.name },
            { key: "state", title: words.state, cell: (row) => <Standing kind={LOOKS[row.state]}>{NAMES[row.state]}</Standing> },
            { key: "block", title: words.at, cell: (row) => row.block },
            { key: "detail", title: words.detail, cell: (row) => <Text size="sm">{row.detail}</Text>, wide: true },
            { key: "since", title: words.since, cell: (row) => <Moment at={row.since} />, wide: true },
          ]}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={<Empty title={words.nobody} />}
        />
      )}
    </>
  );
}
