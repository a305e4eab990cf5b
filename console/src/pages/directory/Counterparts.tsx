import { Alert, Anchor, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { AccountShown, Counterpart } from "../../api/schema";
import { Standing } from "../../components/Facts";
import { Empty } from "../../components/Page";
import { account as words } from "../../texts/directory";

/** How each rule sees an account: with whom it is one person, and what is equal and what is not. */
export function Counterparts({ found }: { found: AccountShown }) {
  if (found.counterparts === undefined || found.counterparts.length === 0) {
    return (
      <Card withBorder>
        <Empty title={words.noRule}>{words.noRuleText}</Empty>
      </Card>
    );
  }
  return (
    <Stack>
      {found.counterparts.map((one) => (
        <Card key={one.rule} withBorder component="section" aria-label={one.rule}>
          <Stack gap="sm">
            <Group justify="space-between">
              <Title order={2} size="h4">
                {one.rule}
              </Title>
              <Equal seen={one} />
            </Group>
            <Pairing seen={one} />
            {one.trouble !== "" && <Alert color="orange" title={words.trouble}>{one.trouble}</Alert>}
            {one.left_out !== "" && <Alert color="orange" title={words.leftOut}>{one.left_out}</Alert>}
            {one.attributes !== undefined && one.attributes.length > 0 && <Comparison seen={one} here={found.connection} />}
          </Stack>
        </Card>
      ))}
    </Stack>
  );
}

function Equal({ seen }: { seen: Counterpart }) {
  const all = seen.attributes ?? [];
  if (all.length === 0 || !seen.there) return null;
  const same = all.filter((one) => one.same).length;
  return <Standing kind={same === all.length ? "good" : "warn"}>{words.equal(same, all.length)}</Standing>;
}

function Pairing({ seen }: { seen: Counterpart }) {
  if (seen.link === undefined || seen.link === null || seen.key === undefined || seen.key === null) {
    return seen.trouble === "" ? (
      <Text size="sm">
        {words.notLinked}. {seen.source && words.notLinkedText}
      </Text>
    ) : null;
  }
  const { connection, objects, key } = seen;
  return (
    <Text size="sm">
      {words.linked[seen.link]}{" "}
      {seen.there ? (
        <Anchor underline="always" renderRoot={(props) => <Link to="/directory/$connection/$objects/$key" params={{ connection, objects, key }} search={{}} {...props} />}>{seen.name}</Anchor>
      ) : (
        <span className="mono">{key}</span>
      )}{" "}
      {words.other(connection).toLowerCase()}. {!seen.there && words.gone}
    </Text>
  );
}

function Comparison({ seen, here }: { seen: Counterpart; here: string }) {
  const target = seen.source ? seen.connection : here;
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table aria-label={`${words.both}: ${seen.rule}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.attribute}</Table.Th>
            <Table.Th>{words.wanted(seen.rule)}</Table.Th>
            <Table.Th>{words.held(target)}</Table.Th>
            <Table.Th w={120}>{words.standing}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(seen.attributes ?? []).map((one) => (
            <Table.Tr key={one.attribute}>
              <Table.Th scope="row" fw={500}>
                {one.attribute}
              </Table.Th>
              <Table.Td>{one.wanted.join(", ") || "–"}</Table.Td>
              <Table.Td>{one.held.join(", ") || "–"}</Table.Td>
              <Table.Td>{one.same ? <Standing kind="good">{words.same}</Standing> : <Standing kind="warn">{words.different}</Standing>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
