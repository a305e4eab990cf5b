import { Button, Group, Modal, MultiSelect, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { ApiToken, Right } from "../../api/schema";
import { useMay, useMe } from "../../api/session";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { ShownOnce } from "../../components/ShownOnce";
import { common } from "../../texts/common";
import { settings } from "../../texts/settings";

const words = settings.tokens;

/** Tokens by which programs ask: one's own, or everybody's for whoever manages operators. */
export function TokensTab() {
  const me = useMe();
  const all = useMay("manage_operators");
  const operator = all ? "" : (me?.operator.name ?? "");
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<ApiToken | null>(null);
  const query = useQuery({
    queryKey: ["tokens", operator],
    queryFn: () => data(api.GET("/api/v1/tokens", { params: { query: { operator } } })),
  });
  return (
    <Stack>
      <Group justify="flex-end">
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {words.add}
        </Button>
      </Group>
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={settings.tabs.tokens}
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { key: "name", title: words.name, cell: (row) => row.name },
              { key: "operator", title: words.operator, cell: (row) => row.operator },
              { key: "rights", title: words.limited, cell: (row) => <Text size="sm">{row.rights?.join(", ") ?? words.everything}</Text>, wide: true },
              { key: "used", title: words.used, cell: (row) => (row.used == null ? words.never : <Moment at={row.used} />), wide: true },
              {
                key: "expires",
                title: words.expires,
                cell: (row) => (row.ended == null ? <Moment at={row.expires} /> : <Standing kind="calm">{words.ended}</Standing>),
              },
              {
                key: "end",
                title: "",
                align: "right",
                cell: (row) =>
                  row.ended == null ? (
                    <Button size="compact-sm" variant="default" onClick={() => setEnding(row)} aria-label={`${words.end}: ${row.name}`}>
                      {words.end}
                    </Button>
                  ) : null,
              },
            ]}
            empty={<Empty title={words.empty}>{words.emptyText}</Empty>}
          />
        )}
      </Loaded>
      {making && <MakeToken operator={me?.operator.name ?? ""} close={() => setMaking(false)} />}
      {ending !== null && <EndToken token={ending} close={() => setEnding(null)} />}
    </Stack>
  );
}

function MakeToken({ operator, close }: { operator: string; close: () => void }) {
  const queries = useQueryClient();
  const rights = useQuery({ queryKey: ["rights"], queryFn: () => data(api.GET("/api/v1/rights")), staleTime: Number.POSITIVE_INFINITY });
  const form = useForm({ initialValues: { operator, name: "", days: 90, rights: [] as string[] } });
  const making = useMutation({
    mutationFn: (given: typeof form.values) =>
      data(api.POST("/api/v1/tokens", { body: { ...given, rights: given.rights.length === 0 ? null : (given.rights as Right[]) } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
    onError: (error) => form.setErrors(asProblem(error).fields()),
  });
  return (
    <Modal opened onClose={close} title={words.add}>
      {making.data !== undefined ? (
        <Stack>
          <ShownOnce text={making.data.token} lead={words.made} />
          <Button onClick={close}>{common.close}</Button>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((given) => making.mutate(given))}>
          <Stack>
            <ProblemNote error={making.error} />
            <TextInput label={words.operator} required {...form.getInputProps("operator")} />
            <TextInput label={words.name} required data-autofocus {...form.getInputProps("name")} />
            <NumberInput label={words.days} min={1} max={730} {...form.getInputProps("days")} />
            <MultiSelect
              label={words.rights}
              description={words.rightsHint}
              searchable
              data={rights.data?.map((one) => ({ value: one.right, label: one.right.replaceAll("_", " ") })) ?? []}
              {...form.getInputProps("rights")}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {common.cancel}
              </Button>
              <Button type="submit" loading={making.isPending}>
                {words.add}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function EndToken({ token, close }: { token: ApiToken; close: () => void }) {
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/tokens/{token}", { params: { path: { token: token.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["tokens"] });
      close();
    },
  });
  return (
    <ConfirmDialog
      title={words.endTitle(token.name)}
      text={words.endText}
      go={words.end}
      danger
      busy={ending.isPending}
      error={ending.error}
      onGo={() => ending.mutate()}
      close={close}
    />
  );
}
