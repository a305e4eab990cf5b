import { Anchor, Button, Card, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { documentQuery } from "../../api/draft";
import { at, tree } from "../../api/json";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Empty } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { common } from "../../texts/common";
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
      {adding && <AddMapping application={name} close={() => setAdding(false)} />}
    </Stack>
  );
}

function AddMapping({ application, close }: { application: string; close: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  return (
    <Modal opened onClose={close} title={words.add}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({ to: "/applications/$name/mappings/$mapping", params: { name: application, mapping: name.trim() } });
        }}
      >
        <Stack>
          <TextInput
            label={words.name}
            description={words.nameHint}
            required
            pattern="[a-z][a-z0-9\-]*"
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit">{common.add}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
