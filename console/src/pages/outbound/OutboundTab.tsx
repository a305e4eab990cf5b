import { Alert, Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ListedWebhook } from "../../api/schema";
import { useMay } from "../../api/session";
import { MethodMark } from "../../components/Exchange/ExchangeView";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { type Column, RowTable } from "../../components/RowTable";
import { common } from "../../texts/common";
import { outbound as words } from "../../texts/outbound";
import { connectionsQuery, webhooksQuery } from "./queries";
import { NEW } from "./webhook";

const FROM = "/shell/applications/$name/outbound";

/** The calls by which Keepstep changes the application: ready-made ones, own ones, and when each was tested. */
export function OutboundTab() {
  const { name } = useParams({ from: FROM });
  const { find = "", from } = useSearch({ from: FROM });
  const query = useQuery(webhooksQuery(name));
  const enabled = useQuery(connectionsQuery).data?.find((one) => one.name === name)?.enabled ?? true;
  const mayChange = useMay("change_configuration");
  const navigate = useNavigate();
  const open = (one: ListedWebhook) => void navigate({ to: "/applications/$name/outbound/$webhook", params: { name, webhook: one.name } });
  const look = (search: { find?: string | undefined; from?: "own" | undefined }) =>
    void navigate({ to: "/applications/$name/outbound", params: { name }, search: { ...(search.find ? { find: search.find } : {}), ...(search.from ? { from: search.from } : {}) }, replace: true });
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start" wrap="wrap">
        <Text size="sm" c="dimmed" maw={720}>
          {words.lead}
        </Text>
        {mayChange && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(props) => <Link to="/applications/$name/outbound/$webhook" params={{ name, webhook: NEW }} {...props} />}>
            {words.add}
          </Button>
        )}
      </Group>
      {!enabled && <Alert color="orange">{words.off}</Alert>}
      <Group gap="xs">
        <TextInput aria-label={words.search} placeholder={words.search} leftSection={<IconSearch size={15} aria-hidden />} value={find} onChange={(event) => look({ find: event.currentTarget.value, from })} w={{ base: "100%", xs: 260 }} />
        <SegmentedControl aria-label={words.columns.origin} value={from ?? "all"} onChange={(next) => look({ find, from: next === "own" ? "own" : undefined })} data={[{ value: "all", label: words.all }, { value: "own", label: words.ownOnly }]} />
      </Group>
      <Loaded query={query}>
        {(found) => (
          <RowTable
            label={words.webhooks}
            rows={found.filter((one) => fits(one, find, from))}
            rowKey={(one) => one.name}
            columns={COLUMNS}
            onOpen={open}
            empty={find === "" && from === undefined ? <Empty title={words.empty}>{words.emptyText}</Empty> : <Empty title={common.nothingFound} />}
          />
        )}
      </Loaded>
    </Stack>
  );
}

function fits(one: ListedWebhook, find: string, from: "own" | undefined): boolean {
  const text = `${one.name} ${one.description} ${one.method} ${one.url}`.toLowerCase();
  return text.includes(find.toLowerCase()) && (from === undefined || one.origin.startsWith("own"));
}

const COLUMNS: readonly Column<ListedWebhook>[] = [
  { key: "name", title: words.columns.name, cell: (one) => one.name },
  {
    key: "call",
    title: words.columns.call,
    cell: (one) => (
      <div>
        <Group gap={8} wrap="nowrap">
          <MethodMark method={one.method} />
          <Text span size="sm" className="mono" truncate maw={{ base: 200, md: 420 }} title={one.url}>
            {one.url.replace("{base_url}", "")}
          </Text>
        </Group>
        {one.description !== "" && (
          <Text size="xs" c="dimmed" maw={520} mt={2}>
            {one.description.replaceAll("`", "")}
          </Text>
        )}
      </div>
    ),
    wide: true,
  },
  { key: "origin", title: words.columns.origin, cell: (one) => (one.origin.startsWith("preset") ? words.fromPreset : words.own), wide: true },
  { key: "test", title: words.columns.test, cell: (one) => <TestMark test={one.test} /> },
];

/** How a webhook stands to its tests, when the last one was, and whose. */
export function TestMark({ test }: { test: ListedWebhook["test"] }) {
  const told = words.tested[test.tested] ?? words.tested.untested;
  return (
    <Stack gap={2} align="flex-start">
      <Standing kind={told.kind}>{told.label}</Standing>
      {test.at !== null && test.at !== undefined && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          <Moment key={test.at} at={test.at} /> {words.by(test.operator)}
        </Text>
      )}
    </Stack>
  );
}
