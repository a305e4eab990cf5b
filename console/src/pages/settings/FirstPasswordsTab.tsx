import { Button, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { WaitingPassword } from "../../api/schema";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { ShownOnce } from "../../components/ShownOnce";
import { settings } from "../../texts/settings";

const words = settings.firstPasswords;
const KEY = ["first-passwords"];

/** Whose first password waits to be opened; each is shown once, and gone then. */
export function FirstPasswordsTab() {
  const [opening, setOpening] = useState<WaitingPassword | null>(null);
  const [opened, setOpened] = useState<{ account: string; password: string } | null>(null);
  const query = useQuery({ queryKey: KEY, queryFn: () => data(api.GET("/api/v1/first-passwords")) });
  return (
    <Stack>
      <Text c="dimmed">{words.lead}</Text>
      {opened !== null && <ShownOnce text={opened.password} lead={words.of(opened.account)} />}
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={settings.tabs.firstPasswords}
            rows={rows}
            rowKey={(row) => `${row.connection} ${row.account}`}
            columns={[
              { key: "account", title: words.account, cell: (row) => row.account },
              { key: "connection", title: words.connection, cell: (row) => row.connection, wide: true },
              { key: "since", title: words.since, cell: (row) => <Moment at={row.since} />, wide: true },
              { key: "until", title: words.until, cell: (row) => <Moment at={row.until} /> },
              {
                key: "act",
                title: "",
                align: "right",
                cell: (row) => (
                  <Button size="compact-sm" variant="default" onClick={() => setOpening(row)} aria-label={`${words.open}: ${row.account}`}>
                    {words.open}
                  </Button>
                ),
              },
            ]}
            empty={<Empty title={words.empty}>{words.emptyText}</Empty>}
          />
        )}
      </Loaded>
      {opening !== null && <OpenPassword waiting={opening} show={setOpened} close={() => setOpening(null)} />}
    </Stack>
  );
}

interface OpenPasswordProps {
  waiting: WaitingPassword;
  show: (opened: { account: string; password: string }) => void;
  close: () => void;
}

function OpenPassword({ waiting, show, close }: OpenPasswordProps) {
  const queries = useQueryClient();
  const { account, connection } = waiting;
  const opening = useMutation({
    mutationFn: () => data(api.POST("/api/v1/first-passwords/open", { body: { account, connection } })),
    onSuccess: async ({ password }) => {
      show({ account, password });
      await queries.invalidateQueries({ queryKey: KEY });
      close();
    },
  });
  return (
    <ConfirmDialog
      title={words.openTitle(account)}
      text={words.openText}
      go={words.open}
      busy={opening.isPending}
      error={opening.error}
      onGo={() => opening.mutate()}
      close={close}
    />
  );
}
