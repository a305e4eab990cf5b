import { Badge, Button, Card, Code, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { type Tree, tree } from "../../api/json";
import { NameDialog } from "../../components/NameDialog";
import { RowTable } from "../../components/RowTable";
import { valueTables as words } from "../../texts/value-tables";
import { otherwiseOf } from "./value-table";

const ValueTableDialog = lazy(() => import("./ValueTableDialog").then((one) => ({ default: one.ValueTableDialog })));

interface ValueTablesProps {
  /** the value tables in force, by name */
  tables: Tree;
  /** those that the mapping in the page asks */
  used: ReadonlySet<string>;
  readOnly: boolean;
}

/** The value tables of the configuration; each is edited and saved beside the mapping that asks it. */
export function ValueTables({ tables, used, readOnly }: ValueTablesProps) {
  const [adding, setAdding] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const rows = Object.entries(tables).map(([name, held]) => ({ name, spec: tree(held) }));
  return (
    <Card withBorder component="section" aria-label={words.title}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={3} size="h4">
              {words.title}
            </Title>
            <Text size="sm" c="dimmed">
              {words.lead}
            </Text>
          </div>
          {!readOnly && (
            <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              {words.add}
            </Button>
          )}
        </Group>
        <RowTable
          label={words.title}
          rows={rows}
          rowKey={(row) => row.name}
          columns={[
            {
              key: "name",
              title: words.name,
              cell: (row) => (
                <Group gap="xs">
                  <Button size="compact-sm" variant="subtle" aria-label={words.open(row.name)} onClick={() => setOpened(row.name)}>
                    {row.name}
                  </Button>
                  {used.has(row.name) && (
                    <Badge size="sm" variant="light" tt="none">
                      {words.used}
                    </Badge>
                  )}
                </Group>
              ),
            },
            { key: "count", title: words.count, cell: (row) => Object.keys(tree(row.spec["values"])).length, align: "right" },
            { key: "otherwise", title: words.otherwise, cell: (row) => <Otherwise held={row.spec["default"]} />, wide: true },
            { key: "written", title: words.written, cell: (row) => <Code>{`| map("${row.name}")`}</Code>, wide: true },
          ]}
          empty={<Text size="sm">{words.none}</Text>}
        />
      </Stack>
      {adding && (
        <NameDialog
          title={words.add}
          label={words.name}
          hint={words.nameHint}
          go={(name) => {
            setAdding(false);
            setOpened(name);
          }}
          close={() => setAdding(false)}
        />
      )}
      {opened !== null && (
        <Suspense>
          <ValueTableDialog key={opened} name={opened} readOnly={readOnly} close={() => setOpened(null)} />
        </Suspense>
      )}
    </Card>
  );
}

function Otherwise({ held }: { held: unknown }) {
  const kind = otherwiseOf(held);
  return kind === "text" ? <Code>{String(held)}</Code> : words.defaults[kind];
}
