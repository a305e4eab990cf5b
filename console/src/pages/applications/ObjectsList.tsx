import { Anchor, Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { tree } from "../../api/json";
import { useMay } from "../../api/session";
import { type Column, RowTable } from "../../components/RowTable";
import { objectTexts as words } from "../../texts/objects";
import { connectionQuery, presetsQuery } from "./queries";

interface Listed {
  connection: string;
  name: string;
  /** of the preset where it is empty */
  list: string;
  key: string;
  count: number;
  preset: string;
}

/** What rules and mappings can work on: the objects of the preset, and those of one's own. */
export function ObjectsList({ name }: { name: string }) {
  const written = tree(useQuery(connectionQuery(name)).data?.written);
  const presets = useQuery(presetsQuery).data ?? [];
  const mayChange = useMay("change_configuration");
  const preset = String(written["preset"] ?? "infobip");
  const own = tree(written["objects"]);
  const rows: Listed[] = [
    ...(presets.find((one) => one.name === preset)?.objects ?? []).filter((one) => !(one in own)).map((one) => ({ connection: name, name: one, list: "", key: "", count: 0, preset })),
    ...Object.entries(own).map(([one, spec]) => ({ connection: name, name: one, list: String(tree(spec)["list"] ?? ""), key: String(tree(spec)["key"] ?? ""), count: Object.keys(tree(tree(spec)["attributes"])).length, preset: "" })),
  ];
  return (
    <Stack gap="sm" component="section" aria-label={words.title}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h4">
            {words.title}
          </Title>
          <Text size="sm" c="dimmed">
            {words.lead}
          </Text>
        </div>
        {mayChange && (
          <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(props) => <Link to="/applications/$name/objects/$objects" params={{ name, objects: "_new" }} {...props} />}>
            {words.add}
          </Button>
        )}
      </Group>
      <RowTable label={words.columns.name} rows={rows} rowKey={(one) => one.name} columns={COLUMNS} empty={<Text size="sm">{words.none}</Text>} />
    </Stack>
  );
}

const COLUMNS: readonly Column<Listed>[] = [
  {
    key: "name",
    title: words.columns.name,
    cell: (one) =>
      one.preset === "" ? (
        <Anchor fw={550} renderRoot={(props) => <Link to="/applications/$name/objects/$objects" params={{ name: one.connection, objects: one.name }} {...props} />}>
          {one.name}
        </Anchor>
      ) : (
        one.name
      ),
  },
  { key: "list", title: words.columns.list, cell: (one) => (one.list === "" ? "–" : <Code>{one.list}</Code>) },
  { key: "key", title: words.columns.key, cell: (one) => (one.key === "" ? "–" : <Code>{one.key}</Code>), wide: true },
  { key: "count", title: words.columns.attributes, cell: (one) => (one.count > 0 ? one.count : "–"), wide: true },
  { key: "origin", title: words.columns.origin, cell: (one) => (one.preset === "" ? words.own : words.preset(one.preset)) },
];
