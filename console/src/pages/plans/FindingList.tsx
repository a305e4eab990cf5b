import { Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { plans as words, SITUATIONS } from "../../texts/plans";

/** What a plan leaves alone, for a person to know. */
export function FindingList({ digest }: { digest: string }) {
  const query = useInfiniteQuery({
    queryKey: ["plans", digest, "findings"],
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/v1/plans/{digest}/findings", { params: { path: { digest }, query: { after: pageParam, limit: 100 } } })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.error !== null) return <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <LoadingRows />;
  return (
    <RowTable
      label={words.leftAlone}
      rows={query.data.pages.flatMap((page) => page.items)}
      rowKey={(row) => `${row.situation} ${row.name} ${row.reason}`}
      columns={[
        { key: "name", title: words.who, cell: (row) => row.name },
        { key: "situation", title: words.kind, cell: (row) => SITUATIONS[row.situation] },
        { key: "reason", title: words.why, cell: (row) => <Text size="sm">{row.reason}</Text> },
      ]}
      more={query.hasNextPage}
      loadingMore={query.isFetchingNextPage}
      onMore={() => void query.fetchNextPage()}
      empty={<Empty title={words.none} />}
    />
  );
}
