import { SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { AccountShown } from "../../api/schema";
import { Loaded } from "../../components/Loaded";
import { LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { account as words } from "../../texts/directory";
import { AccountActions } from "./ChosenBar";
import { Counterparts } from "./Counterparts";
import { accountQuery, kindOf } from "./queries";
import { Told } from "./Told";

/** One account: both sides beside each other, all that it holds, and what was done to it. */
export function AccountPage() {
  const { connection, objects, key } = useParams({ from: "/shell/directory/$connection/$objects/$key" });
  const { tab = "both" } = useSearch({ from: "/shell/directory/$connection/$objects/$key" });
  const navigate = useNavigate({ from: "/directory/$connection/$objects/$key" });
  const query = useQuery(accountQuery(connection, objects, key));
  if (query.data === undefined) return query.error === null ? <LoadingRows /> : <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  const directory = query.data.dn !== "" && (objects === "users" || objects === "groups");
  return (
    <Page title={query.data.name} lead={<Lead found={query.data} />} help="directory" actions={directory && <AccountActions connection={connection} objects={kindOf(objects)} keys={[key]} />}>
      <SegmentedControl
        aria-label={words.parts}
        value={tab}
        onChange={(next) => void navigate({ search: next === "attributes" || next === "history" ? { tab: next } : {}, replace: true })}
        data={(["both", "attributes", "history"] as const).map((value) => ({ value, label: words[value] }))}
        maw={520}
      />
      <Loaded query={query}>{(found) => (tab === "history" ? <Told who={found.key} /> : tab === "attributes" ? <Attributes found={found} /> : <Counterparts found={found} />)}</Loaded>
    </Page>
  );
}

function Lead({ found }: { found: AccountShown }) {
  return (
    <>
      {found.connection} · {found.objects}
      {found.dn !== "" && ` · ${found.dn}`}
    </>
  );
}

function Attributes({ found }: { found: AccountShown }) {
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={300}>
        <Table aria-label={words.attributes}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={260}>{words.attribute}</Table.Th>
              <Table.Th>{words.value}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {Object.entries(found.attributes).map(([name, values]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={500}>
                  {name}
                </Table.Th>
                <Table.Td>
                  {values.map((value) => (
                    <Text key={value} size="sm" lineClamp={4}>
                      {value}
                    </Text>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
