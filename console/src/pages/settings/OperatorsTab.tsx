import { Button, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Operator, OperatorKind } from "../../api/schema";
import { Standing, Standings } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { type Column, RowTable } from "../../components/RowTable";
import { common } from "../../texts/common";
import { KINDS_OF_OPERATOR, settings } from "../../texts/settings";
import { OperatorDrawer } from "./OperatorDrawer";
import { useRoles } from "./roles";

const words = settings.operators;

/** Who may sign in. */
export function OperatorsTab() {
  const { operator } = useSearch({ from: "/shell/settings/operators" });
  const navigate = useNavigate({ from: "/settings/operators" });
  const [adding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ["operators"], queryFn: () => data(api.GET("/api/v1/operators")) });
  const opened = query.data?.find((one) => one.name === operator);
  return (
    <Stack>
      <Group justify="flex-end">
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
          {words.add}
        </Button>
      </Group>
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={settings.tabs.operators}
            rows={rows}
            rowKey={(row) => row.name}
            onOpen={(row) => void navigate({ search: { operator: row.name } })}
            columns={COLUMNS}
            empty={<Empty title={words.empty} />}
          />
        )}
      </Loaded>
      {adding && <AddOperator close={() => setAdding(false)} />}
      {opened !== undefined && <OperatorDrawer operator={opened} close={() => void navigate({ search: {} })} />}
    </Stack>
  );
}

const COLUMNS: readonly Column<Operator>[] = [
  { key: "name", title: words.name, cell: (row) => row.display || row.name },
  { key: "kind", title: words.kind, cell: (row) => KINDS_OF_OPERATOR[row.kind], wide: true },
  { key: "roles", title: words.roles, cell: (row) => <Text size="sm">{row.roles.map((one) => one.role).join(", ") || words.none}</Text> },
  {
    key: "standing",
    title: words.standing,
    cell: (row) => (
      <Standings>
        <Standing kind={row.enabled ? "good" : "calm"}>{row.enabled ? words.enabled : words.disabled}</Standing>
        {row.kind === "person" && !row.password && <Standing kind="warn">{words.noPassword}</Standing>}
        {row.second_factor && <Standing kind="good">{words.second}</Standing>}
      </Standings>
    ),
  },
  { key: "signed", title: words.signedIn, cell: (row) => (row.signed_in == null ? words.never : <Moment at={row.signed_in} />), wide: true },
];

function AddOperator({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate({ from: "/settings/operators" });
  const roles = useRoles();
  const form = useForm({ initialValues: { name: "", kind: "person" as OperatorKind, display: "", email: "", roles: [] as string[] } });
  const adding = useMutation({
    mutationFn: (given: typeof form.values) =>
      data(api.POST("/api/v1/operators", { body: { ...given, roles: given.roles.map((role) => ({ role, until: null })) } })),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["operators"] });
      close();
      void navigate({ search: { operator: made.name } });
    },
    onError: (error) => form.setErrors(asProblem(error).fields()),
  });
  return (
    <Modal opened onClose={close} title={words.add}>
      <form onSubmit={form.onSubmit((given) => adding.mutate(given))}>
        <Stack>
          <ProblemNote error={adding.error} />
          <TextInput label={words.name} required data-autofocus {...form.getInputProps("name")} />
          <Select
            label={words.kind}
            data={(["person", "service"] as const).map((value) => ({ value, label: KINDS_OF_OPERATOR[value] }))}
            allowDeselect={false}
            {...form.getInputProps("kind")}
          />
          <TextInput label={words.display} {...form.getInputProps("display")} />
          <TextInput label={words.email} type="email" {...form.getInputProps("email")} />
          <MultiSelect label={words.roles} data={roles} searchable {...form.getInputProps("roles")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={adding.isPending}>
              {common.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
