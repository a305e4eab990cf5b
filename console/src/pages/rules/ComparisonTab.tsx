import { Button, Card, Group, Stack } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api, data } from "../../api/client";
import { useMay } from "../../api/session";
import { isOver, useAskWork, useWork } from "../../api/works";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { WorkProgress } from "../../components/WorkProgress";
import { comparison as words } from "../../texts/comparison";
import { type Narrowed, narrowedIn } from "./comparison";
import { ComparisonRows } from "./ComparisonRows";
import { History } from "./History";
import { Narrow } from "./Narrow";
import { comparisonsQuery } from "./queries";

/** Nobody can be shown: nobody compared yet, or somebody did elsewhere, and only the numbers were kept. */
function NoRows({ rule }: { rule: string }) {
  const query = useQuery(comparisonsQuery(rule));
  const last = query.data?.[0];
  if (query.isPending) return <LoadingRows rows={2} />;
  return (
    <Card withBorder>
      {last === undefined ? (
        <Empty title={words.never}>{words.neverText}</Empty>
      ) : (
        <Empty title={words.counted(last.counts)}>
          {words.countedAt} <Moment at={last.at} />. {words.countedText}
        </Empty>
      )}
    </Card>
  );
}

/** How both sides stand: compared now, or as they were when they were last compared by whoever looks. */
export function ComparisonTab() {
  const { rule } = useParams({ from: "/shell/rules/$rule" });
  const { work } = useSearch({ from: "/shell/rules/$rule/" });
  const navigate = useNavigate({ from: "/rules/$rule" });
  const queries = useQueryClient();
  const may = useMay("read_people");
  const last = useQuery({
    queryKey: ["works", "last", rule],
    queryFn: () => data(api.GET("/api/v1/works", { params: { query: { limit: 50 } } })),
    enabled: work === undefined,
  });
  const found = last.data?.items.find((one) => one.wanted.kind === "compare" && one.wanted.rule === rule && one.state === "done");
  const shown = work ?? found?.id;
  const current = useWork(shown);
  const asking = useAskWork((begun) => void navigate({ search: (now) => ({ ...now, work: begun.id }) }));
  const [typed, setTyped] = useState<Narrowed | null>(null);
  const choice = typed ?? narrowedIn(current.data?.wanted);
  const compare = useCallback(
    () => asking.mutate({ kind: "compare", rule, choice: { situation: [], attribute: [...choice.attribute], ou: [...choice.ou], where: choice.where.trim(), search: "" } }),
    [asking, rule, choice],
  );
  const done = useCallback(() => void queries.invalidateQueries({ queryKey: ["comparisons", rule] }), [queries, rule]);
  const busy = current.data !== undefined && !isOver(current.data);
  return (
    <Stack>
      <Group justify="flex-end">
        {may && (
          <Button leftSection={<IconRefresh size={16} aria-hidden />} onClick={compare} loading={asking.isPending || busy}>
            {words.compare}
          </Button>
        )}
      </Group>
      <Narrow value={choice} set={setTyped} readOnly={!may} />
      <ProblemNote error={asking.error} />
      {shown !== undefined && <WorkProgress id={shown} label={words.comparing} done={done} />}
      {current.data?.state === "done" ? (
        <ComparisonRows rule={rule} work={current.data} />
      ) : work === undefined && last.isPending ? (
        <LoadingRows />
      ) : (
        shown === undefined && <NoRows rule={rule} />
      )}
      <History rule={rule} />
    </Stack>
  );
}
