import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { HeldRight } from "../../api/schema";
import { Empty } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { settings } from "../../texts/settings";
import { meaningsQuery } from "./roles";

const words = settings.account;

/** What somebody may do, in words, and how far. */
export function RightsTable({ rights }: { rights: readonly HeldRight[] }) {
  const meanings = useQuery(meaningsQuery);
  const meaning = new Map(meanings.data?.map((one) => [one.right, one.meaning]));
  return (
    <RowTable
      label={words.rights}
      rows={rights}
      rowKey={(row) => `${row.right} ${row.role} ${row.reach}`}
      columns={[
        { key: "right", title: words.right, cell: (row) => <Text size="sm">{meaning.get(row.right) ?? row.right}</Text> },
        { key: "role", title: words.role, cell: (row) => row.role },
        { key: "reach", title: words.reach, cell: (row) => <Text size="sm">{row.reach}</Text>, wide: true },
      ]}
      empty={<Empty title={settings.operators.none} />}
    />
  );
}
