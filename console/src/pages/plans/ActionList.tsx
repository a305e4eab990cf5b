import { Badge, Box, Group, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { api, data } from "../../api/client";
import type { Action, ActionKind, PlanSummary } from "../../api/schema";
import { Empty, LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { KINDS, plans as words, SITUATIONS } from "../../texts/plans";
import classes from "./plans.module.css";

const PAGE = 200;
const COLORS: Readonly<Record<ActionKind, string>> = { create: "green", update: "blue", enable: "teal", disable: "orange", delete: "red" };

/** The actions of a plan, filtered and paged by the server; only those in sight are in the page. */
export function ActionList({ plan }: { plan: PlanSummary }) {
  const { kind, attribute = "", search = "" } = useSearch({ from: "/shell/plans/$digest" });
  const query = useInfiniteQuery({
    queryKey: ["plans", plan.digest, "actions", { kind, attribute, search }],
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/plans/{digest}/actions", {
          params: { path: { digest: plan.digest }, query: { after: pageParam, limit: PAGE, attribute, search, ...(kind === undefined ? {} : { kind }) } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY, // a plan never changes
  });
  const total = query.data?.pages[0]?.total ?? 0;
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Filters plan={plan} total={total} />
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows rows={8} height={48} />
      ) : rows.length === 0 ? (
        <Empty title={words.none} />
      ) : (
        <Rows rows={rows} more={query.hasNextPage} next={() => !query.isFetchingNextPage && void query.fetchNextPage()} />
      )}
    </>
  );
}

function Filters({ plan, total }: { plan: PlanSummary; total: number }) {
  const navigate = useNavigate({ from: "/plans/$digest" });
  const now = useSearch({ from: "/shell/plans/$digest" });
  const [typed, setTyped] = useState(now.search ?? "");
  const [attribute, setAttribute] = useState(now.attribute ?? "");
  const go = (name: "kind" | "search" | "attribute", value: string) =>
    void navigate({
      replace: true,
      search: (before) => {
        const { [name]: _, ...rest } = before;
        return value === "" ? rest : { ...rest, [name]: value };
      },
    });
  const later = useDebouncedCallback(go, 250);
  const kinds = (Object.keys(KINDS) as ActionKind[]).filter((one) => (plan.counts[one] ?? 0) > 0);
  return (
    <Group align="flex-end" gap="sm">
      <TextInput
        label={words.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later("search", event.currentTarget.value);
        }}
        style={{ flex: "1 1 200px" }}
      />
      <TextInput
        label={words.attribute}
        value={attribute}
        onChange={(event) => {
          setAttribute(event.currentTarget.value);
          later("attribute", event.currentTarget.value.trim());
        }}
        style={{ flex: "0 1 180px" }}
      />
      <Select
        label={words.kind}
        placeholder={words.all}
        clearable
        clearButtonProps={{ "aria-label": words.all }}
        value={now.kind ?? null}
        onChange={(value) => go("kind", value ?? "")}
        data={kinds.map((one) => ({ value: one, label: `${KINDS[one]} (${(plan.counts[one] ?? 0).toLocaleString()})` }))}
        style={{ flex: "0 1 180px" }}
      />
      <Text size="sm" c="dimmed" role="status" pb={8}>
        {words.shown(total, plan.changes)}
      </Text>
    </Group>
  );
}

function Rows({ rows, more, next }: { rows: readonly Action[]; more: boolean; next: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 64,
    overscan: 12,
    getItemKey: (number) => rows[number]?.id ?? number,
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - 50) next();
  }, [more, last, rows.length, next]);
  return (
    <Box ref={box} className={classes.box} role="region" aria-label={words.actionsLabel} tabIndex={0}>
      <ul className={classes.list} style={{ height: virtual.getTotalSize() }}>
        {seen.map((item) => {
          const action = rows[item.index];
          if (action === undefined) return null;
          return (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={classes.row}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <ActionRow action={action} />
            </li>
          );
        })}
      </ul>
    </Box>
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
      <dl className={classes.deltas}>
        {action.deltas.map((delta) => (
          <div key={delta.name}>
            <dt>{delta.name}</dt>
            <dd>
              {delta.before !== null && (
                <>
                  <del>{shown(delta.before)}</del>
                  <span aria-hidden> → </span>
                </>
              )}
              <ins>{shown(delta.after)}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? words.nothingBefore : values.join(", ");
}
