import { Anchor, Card } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import type { TemplateRun } from "../../api/schema";
import { duration, Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { TemplateRunStanding } from "../../components/RunStanding";
import { runs as words } from "../../texts/templates";
import { byHand, totalOf } from "./counts";

const PAGE = 50;

/** Runs of templates, the newest first; of one template, or of all. */
export function TemplateRunList({ template }: { template?: string }) {
  const query = useInfiniteQuery({
    queryKey: ["template-runs", "list", template ?? ""],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/template-runs", { params: { query: { limit: PAGE, template: template ?? "", before: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
  });
  if (query.data === undefined) return query.error === null ? <LoadingRows /> : <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  return (
    <RowTable
      label={words.label}
      rows={query.data.pages.flat()}
      rowKey={(row) => row.id}
      columns={[
        {
          key: "id",
          title: words.run,
          cell: (row) => (
            <Anchor size="sm" className="mono" renderRoot={(props) => <Link to="/template-runs/$run" params={{ run: row.id }} search={{}} {...props} />}>
              {row.id}
            </Anchor>
          ),
        },
        { key: "state", title: words.state, cell: (row) => <TemplateRunStanding run={row} /> },
        ...(template === undefined ? [{ key: "template", title: words.template, cell: (row: TemplateRun) => (byHand(row) ? words.byHand : row.template) }] : []),
        { key: "subjects", title: words.subjects, align: "right", cell: (row) => totalOf(row.counts), wide: true },
        { key: "by", title: words.by, cell: (row) => row.operator, wide: true },
        { key: "started", title: words.started, cell: (row) => <Moment at={row.started} /> },
        { key: "took", title: words.took, cell: (row) => (row.ended == null ? "" : duration((Date.parse(row.ended) - Date.parse(row.started)) / 1000)), wide: true },
      ]}
      more={query.hasNextPage}
      loadingMore={query.isFetchingNextPage}
      onMore={() => void query.fetchNextPage()}
      empty={
        <Card withBorder>
          <Empty title={words.empty}>{words.emptyText}</Empty>
        </Card>
      }
    />
  );
}
