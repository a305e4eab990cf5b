import { Anchor, Box, Group, Progress, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Standing } from "../../components/Facts";
import { duration, Moment } from "../../components/Moment";
import { quota as words } from "../../texts/quota";
import { busiestFirst, percent, type Used } from "./quota";

/** From this share of a limit on, little is left of it. */
const NEARLY = 0.9;

/** The limits that were used, one a row. Not the table of long lists, which would be half as much again to load. */
export function QuotaTable({ all }: { all: readonly Used[] }) {
  const used = busiestFirst(all);
  const unused = all.length - used.length;
  return (
    <>
      <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={words.label}>
        <Table aria-label={words.label}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.limit}</Table.Th>
              <Table.Th>{words.busiest}</Table.Th>
              <Table.Th ta="right">{words.lastHour}</Table.Th>
              <Table.Th ta="right">{words.refused}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {used.map((one) => (
              <Table.Tr key={`${one.connection} ${one.limit}`}>
                <Table.Td>
                  <Limit one={one} />
                </Table.Td>
                <Table.Td>
                  <Busiest one={one} />
                </Table.Td>
                <Table.Td ta="right">{one.calls.toLocaleString()}</Table.Td>
                <Table.Td ta="right">{one.refused > 0 ? <Standing kind="warn">{one.refused.toLocaleString()}</Standing> : 0}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
      {unused > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {words.unused(unused)}
        </Text>
      )}
    </>
  );
}

function Limit({ one }: { one: Used }) {
  return (
    <Box miw={150}>
      <Group gap={6}>
        <Anchor size="sm" renderRoot={(props) => <Link to="/applications/$name" params={{ name: one.connection }} {...props} />}>
          {one.connection}
        </Anchor>
        <Text size="sm">{one.limit === "" ? words.noLimit : one.limit}</Text>
      </Group>
      {one.rate !== null && (
        <Text size="xs" c="dimmed">
          {words.allows(one.rate.calls, duration(one.rate.seconds), percent(one.rate.share))}
        </Text>
      )}
    </Box>
  );
}

/** The bar is the picture of the text beside it: whoever cannot see it misses nothing. */
function Busiest({ one }: { one: Used }) {
  const { busiest } = one;
  if (busiest === null) return <Text size="sm">–</Text>;
  const { share, allowed, calls, minutes } = busiest;
  const nearly = share !== null && share >= NEARLY;
  return (
    <Box miw={170}>
      {share !== null && (
        <Group gap="xs" wrap="nowrap">
          <Box aria-hidden flex={1}>
            <Progress value={Math.min(100, 100 * share)} color={nearly ? "orange" : "step"} />
          </Box>
          <Text size="sm" fw={600}>
            {percent(share)}
          </Text>
        </Group>
      )}
      <Text size="xs" c="dimmed">
        {words.inTime(calls, allowed, duration(60 * minutes))}, <Moment at={busiest.since} />
        {nearly && ` · ${words.nearly}`}
      </Text>
    </Box>
  );
}
