import { Accordion, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { lines, type Tree, tree } from "../../api/json";
import type { Difference, TemplateState } from "../../api/schema";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { versions as words } from "../../texts/templates";

/** How the template was: each version that changed it, by whom and in what. */
export function VersionList({ name, onTake }: { name: string; onTake: ((written: Tree) => void) | undefined }) {
  const query = useQuery({
    queryKey: ["templates", "versions", name],
    queryFn: () => data(api.GET("/api/v1/templates/{template}/versions", { params: { path: { template: name } } })),
  });
  return (
    <Loaded query={query}>
      {(found) =>
        found.length === 0 ? (
          <Empty title={words.empty} />
        ) : (
          <Accordion variant="separated" defaultValue={String(found[0]?.number)} aria-label={words.label}>
            {found.map((one) => (
              <Version key={one.number} one={one} onTake={onTake} />
            ))}
          </Accordion>
        )
      }
    </Loaded>
  );
}

function Version({ one, onTake }: { one: TemplateState; onTake: ((written: Tree) => void) | undefined }) {
  const { written } = one;
  const added = written !== null && one.changes.some((change) => change.block === "" && change.field === "blocks") === false && one.changes.every((change) => change.before === null);
  return (
    <Accordion.Item value={String(one.number)}>
      <Accordion.Control>
        <Group gap="sm" wrap="wrap">
          <Text fw={600} size="sm">
            {words.version(one.number)}
          </Text>
          <Text size="sm" c="dimmed" component="span">
            {one.operator} · <Moment at={one.at} />
          </Text>
          <Text size="sm">{written === null ? words.gone : added ? words.first : words.changed(one.changes.length)}</Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          <Differences changes={one.changes} />
          {onTake !== undefined && written !== null && (
            <Button variant="default" size="xs" w="fit-content" onClick={() => onTake(tree(written))}>
              {words.take}
            </Button>
          )}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Differences({ changes }: { changes: readonly Difference[] }) {
  return (
    <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": words.label, role: "region" } }}>
      <Table layout="fixed" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="24%">{words.where}</Table.Th>
            <Table.Th>{words.before}</Table.Th>
            <Table.Th>{words.after}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={`${change.block} ${change.field}`}>
              <Table.Td>
                <Text size="sm" fw={550}>
                  {change.block || words.template}
                </Text>
                <Text size="xs" c="dimmed">
                  {change.field || words.whole}
                </Text>
              </Table.Td>
              <Table.Td>
                <Value value={change.before} />
              </Table.Td>
              <Table.Td>
                <Value value={change.after} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <Text size="sm">–</Text>;
  return (
    <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {lines(value).join("\n")}
    </Code>
  );
}
