import { Anchor, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { documentQuery } from "../../api/draft";
import { at, tree } from "../../api/json";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { NameDialog } from "../../components/NameDialog";
import { Empty } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { mappings as words } from "../../texts/mappings";

interface Listed {
  name: string;
  into: string;
  rows: number;
  description: string;
  rules: string[];
}

/** Return the mappings that have to do with *connection*: that write into it, or that a rule of it uses. */
function mappingsOf(value: unknown, connection: string): Listed[] {
  const rules = Object.entries(tree(at(value, ["rules"]))).map(([rule, held]) => ({ rule, spec: tree(held) }));
  return Object.entries(tree(at(value, ["mappings"]))).flatMap(([name, held]) => {
    const spec = tree(held);
    const into = String(spec["into"] ?? "");
    const users = rules.filter((one) => one.spec["mapping"] === name);
    const sides = [into, ...users.flatMap((one) => [String(one.spec["source"]), String(one.spec["target"])])];
    if (!sides.some((side) => side.split(".")[0] === connection)) return [];
    return [{ name, into, rows: Object.keys(tree(spec["rows"])).length, description: String(spec["description"] ?? ""), rules: users.map((one) => one.rule) }];
  });
}

/** The mappings of one application. */
export function MappingsTab() {
  const { name } = useParams({ from: "/shell/applications/$name" });
  const navigate = useNavigate();
  const query = useQuery(documentQuery);
  const may = useMay("change_configuration");
  const [adding, setAdding] = useState(false);
  const add = may && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {words.lead}
        </Text>
        {add}
      </Group>
      <Loaded query={query}>
        {(document) => (
          <RowTable
            label={words.tab}
            rows={mappingsOf(document.value, name)}
            rowKey={(row) => row.name}
            columns={[
              {
                key: "name",
                title: words.name,
                cell: (row) => (
                  <Anchor size="sm" fw={600} renderRoot={(props) => <Link to="/applications/$name/mappings/$mapping" params={{ name, mapping: row.name }} {...props} />}>
                    {row.name}
                  </Anchor>
                ),
              },
              { key: "into", title: words.into, cell: (row) => row.into },
              { key: "rows", title: words.rowsCount, cell: (row) => row.rows, align: "right", wide: true },
              { key: "rules", title: words.usedBy, cell: (row) => row.rules.join(", ") || "–" },
              { key: "description", title: words.description, cell: (row) => <Text size="sm">{row.description}</Text>, wide: true },
            ]}
            empty={
              <Card withBorder>
                <Empty title={words.empty}>{words.emptyText}</Empty>
              </Card>
            }
          />
        )}
      </Loaded>
      {adding && (
        <NameDialog
          title={words.add}
          label={words.name}
          hint={words.nameHint}
          go={(mapping) => void navigate({ to: "/applications/$name/mappings/$mapping", params: { name, mapping } })}
          close={() => setAdding(false)}
        />
      )}
    </Stack>
  );
}
