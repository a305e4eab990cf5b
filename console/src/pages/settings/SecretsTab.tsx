import { Button, Group, Modal, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useMay } from "../../api/session";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { common } from "../../texts/common";
import { settings } from "../../texts/settings";

const words = settings.secrets;

/** The secrets by name: set, replaced, removed; never shown. */
export function SecretsTab() {
  const [setting, setSetting] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const maySet = useMay("set_secrets");
  const query = useQuery({ queryKey: ["secrets"], queryFn: () => data(api.GET("/api/v1/secrets")) });
  return (
    <Stack>
      {maySet && (
        <Group justify="flex-end">
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setSetting("")}>
            {words.set}
          </Button>
        </Group>
      )}
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={settings.tabs.secrets}
            rows={rows}
            rowKey={(row) => row.name}
            columns={[
              { key: "name", title: words.name, cell: (row) => <span className="mono">{row.name}</span> },
              { key: "of", title: words.of, cell: (row) => row.connection, wide: true },
              { key: "since", title: words.since, cell: (row) => <Moment at={row.since} /> },
              {
                key: "standing",
                title: words.standing,
                cell: (row) => (row.problem === "" ? <Standing kind="good">{words.good}</Standing> : <Standing kind="bad">{row.problem}</Standing>),
              },
              {
                key: "act",
                title: "",
                align: "right",
                cell: (row) => (
                  <Group gap="xs" justify="flex-end" wrap="nowrap">
                    <Button size="compact-sm" variant="default" onClick={() => setSetting(row.name)} aria-label={`${words.replace}: ${row.name}`}>
                      {words.replace}
                    </Button>
                    <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRemoving(row.name)} aria-label={`${words.remove}: ${row.name}`}>
                      {words.remove}
                    </Button>
                  </Group>
                ),
              },
            ]}
            empty={<Empty title={words.empty}>{words.emptyText}</Empty>}
          />
        )}
      </Loaded>
      {setting !== null && <SetSecret name={setting} close={() => setSetting(null)} />}
      {removing !== null && <RemoveSecret name={removing} close={() => setRemoving(null)} />}
    </Stack>
  );
}

function SetSecret({ name: given, close }: { name: string; close: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(given);
  const [secret, setSecret] = useState("");
  const setting = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/secrets/{name}", { params: { path: { name } }, body: { secret } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["secrets"] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={given === "" ? words.set : `${words.replace}: ${given}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setting.mutate();
        }}
      >
        <Stack>
          <ProblemNote error={setting.error} />
          {given === "" && <TextInput label={words.name} required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />}
          <PasswordInput
            label={words.value}
            description={words.valueHint}
            required
            autoComplete="off"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
            data-autofocus={given !== "" || undefined}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={setting.isPending}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function RemoveSecret({ name, close }: { name: string; close: () => void }) {
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/secrets/{name}", { params: { path: { name } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["secrets"] });
      close();
    },
  });
  return (
    <ConfirmDialog
      title={words.removeTitle(name)}
      text={words.removeText}
      go={words.remove}
      danger
      busy={removing.isPending}
      error={removing.error}
      onGo={() => removing.mutate()}
      close={close}
    />
  );
}
