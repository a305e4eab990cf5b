import { Badge, Box, Group, Skeleton, Text } from "@mantine/core";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { Action, ActionKind, PlanSummary } from "../../api/schema";
import { Deltas } from "../../components/Deltas";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { KINDS, plans as words, SITUATIONS } from "../../texts/plans";
import { ActionFilters, useChosen } from "./ActionFilters";
import { PAGE, pagesOf } from "./pages";
import classes from "./plans.module.css";
import { type Chosen, pageQuery } from "./queries";

const COLORS: Readonly<Record<ActionKind, string>> = { create: "green", update: "blue", enable: "teal", disable: "orange", delete: "red" };

/** The actions of a plan, filtered and paged by the server; only those in sight are asked for. */
export function ActionList({ plan }: { plan: PlanSummary }) {
  const chosen = useChosen();
  const first = useQuery({ ...pageQuery(plan.digest, chosen, 0), placeholderData: keepPreviousData });
  const total = first.data?.total ?? 0;
  return (
    <>
      <ActionFilters plan={plan} total={total} />
      {first.error !== null && <ProblemNote error={first.error} retry={() => void first.refetch()} />}
      {first.data === undefined ? (
        first.error === null && <LoadingRows rows={8} height={48} />
      ) : total === 0 ? (
        <Empty title={words.none}>{words.noneText}</Empty>
      ) : (
        <Rows key={JSON.stringify(chosen)} digest={plan.digest} chosen={chosen} total={total} />
      )}
    </>
  );
}

function Rows({ digest, chosen, total }: { digest: string; chosen: Chosen; total: number }) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => 64,
    overscan: 8,
  });
  const seen = virtual.getVirtualItems();
  const pages = pagesOf(seen[0]?.index ?? 0, seen.at(-1)?.index ?? 0);
  const queries = useQueries({ queries: pages.map((page) => pageQuery(digest, chosen, page)) });
  const held = new Map(pages.map((page, number) => [page, queries[number]?.data?.items]));
  const failed = queries.find((one) => one.error !== null);
  return (
    <>
      {failed !== undefined && <ProblemNote error={failed.error} retry={() => void failed.refetch()} />}
      <Box ref={box} className={classes.box} role="region" aria-label={words.actionsLabel} tabIndex={0}>
        <ul className={classes.list} style={{ height: virtual.getTotalSize() }}>
          {seen.map((item) => {
            const action = held.get(Math.floor(item.index / PAGE))?.[item.index % PAGE];
            return (
              <li
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={classes.row}
                style={{ transform: `translateY(${item.start}px)` }}
                aria-setsize={total}
                aria-posinset={item.index + 1}
              >
                {action === undefined ? <Skeleton height={46} radius="sm" /> : <ActionRow action={action} />}
              </li>
            );
          })}
        </ul>
      </Box>
    </>
  );
}

function ActionRow({ action }: { action: Action }) {
  return (
    <>
      <div className={classes.who}>
        <Group gap={6} wrap="nowrap">
          <Badge variant="light" color={COLORS[action.kind]} tt="none" miw={68}>
            {KINDS[action.kind]}
          </Badge>
          <Text size="sm" fw={600} className={classes.name}>
            {action.name}
          </Text>
        </Group>
        <Text size="xs" c="dimmed">
          {action.reason === "" ? SITUATIONS[action.situation] : action.reason}
        </Text>
      </div>
      <Deltas deltas={action.deltas} />
    </>
  );
}
