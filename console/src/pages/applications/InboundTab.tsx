import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { ListedEndpoint } from "../../api/schema";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Standing } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { type Column, RowTable } from "../../components/RowTable";
import { applications } from "../../texts/applications";
import { ObjectsList } from "./ObjectsList";
import { endpointsQuery } from "./queries";

const words = applications.inbound;

/** The calls by which Keepstep reads the application: those of the preset and those of one's own. */
export function InboundTab() {
  const { name } = useParams({ from: "/shell/applications/$name/inbound" });
  const query = useQuery(endpointsQuery(name));
  const mayChange = useMay("change_configuration");
  const navigate = useNavigate();
  const open = (one: ListedEndpoint) => void navigate({ to: "/applications/$name/inbound/$endpoint", params: { name, endpoint: one.name } });
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed">
          {words.lead}
        </Text>
        {mayChange && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(props) => <Link to="/applications/$name/inbound/$endpoint" params={{ name, endpoint: "_new" }} {...props} />}>
            {words.add}
          </Button>
        )}
      </Group>
      <Loaded query={query}>{(found) => <RowTable label={words.endpoints} rows={found} rowKey={(one) => one.name} columns={COLUMNS} onOpen={open} />}</Loaded>
      <ObjectsList name={name} />
    </Stack>
  );
}

const COLUMNS: readonly Column<ListedEndpoint>[] = [
  { key: "name", title: words.columns.name, cell: (one) => one.name },
  {
    key: "call",
    title: words.columns.call,
    cell: (one) => (
      <Group gap={8} wrap="nowrap">
        <MethodBadge method={one.method} />
        <Text span size="sm" className="mono" truncate maw={420} title={one.url}>
          {one.url.replace("{base_url}", "")}
        </Text>
      </Group>
    ),
  },
  { key: "paging", title: words.columns.paging, cell: (one) => words.paging[one.paging] ?? one.paging, wide: true },
  { key: "origin", title: words.columns.origin, cell: (one) => one.origin, wide: true },
  { key: "test", title: words.columns.test, cell: (one) => <TestBadge one={one} /> },
];

export function MethodBadge({ method }: { method: string }) {
  return (
    <Badge variant="light" color={method === "GET" || method === "HEAD" ? "blue" : "grape"} radius="sm" miw={58}>
      {method}
    </Badge>
  );
}

const TESTED: Readonly<Record<string, { kind: "good" | "bad" | "warn" | "calm"; label: string }>> = {
  good: { kind: "good", label: words.tested.good },
  "not good": { kind: "bad", label: words.tested.bad },
  "untested, changed since": { kind: "warn", label: words.tested.changed },
  untested: { kind: "calm", label: words.tested.never },
};

function TestBadge({ one }: { one: ListedEndpoint }) {
  const told = TESTED[one.test.tested] ?? { kind: "calm", label: one.test.tested };
  return (
    <Group gap={6} wrap="nowrap">
      <Standing kind={told.kind}>{told.label}</Standing>
      {one.test.at !== null && (
        <Text span size="xs" c="dimmed" visibleFrom="lg">
          <Moment at={one.test.at} />
        </Text>
      )}
    </Group>
  );
}
