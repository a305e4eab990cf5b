import { Button, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { AccountChange } from "../../api/schema";
import { useIdempotencyKey } from "../../api/works";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { change as words, type Verb } from "../../texts/directory";
import { actionOf, NO_WISH, verbsOf, type Wish } from "./change";
import { accountsQuery } from "./queries";
import type { Kind } from "./routes";

interface ChangeProps {
  connection: string;
  objects: Kind;
  keys: readonly string[];
  close: () => void;
}

const MANY = 5;

/** One change of chosen accounts: a run of its own, followed on its page. */
export function ChangeDialog({ connection, objects, keys, close }: ChangeProps) {
  const [wish, setWish] = useState<Wish>(NO_WISH);
  const [typed, setTyped] = useState("");
  const action = actionOf(wish);
  const changing = useChange(close);
  const many = keys.length > MANY || wish.verb === "delete";
  return (
    <Modal opened onClose={close} title={words.title(keys.length)}>
      <Stack>
        <Text size="sm">{words.text}</Text>
        <Select
          label={words.what}
          allowDeselect={false}
          data={verbsOf(objects).map((value) => ({ value, label: words.verbs[value] }))}
          value={wish.verb}
          onChange={(verb) => verb !== null && setWish({ ...NO_WISH, verb: verb as Verb })}
        />
        <Needs connection={connection} objects={objects} wish={wish} setWish={setWish} />
        {many && <TextInput label={words.typeCount(keys.length)} inputMode="numeric" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />}
        <ProblemNote error={changing.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button
            color={wish.verb === "delete" ? "red" : "step"}
            disabled={action === undefined || (many && typed !== String(keys.length))}
            loading={changing.isPending}
            onClick={() => action !== undefined && changing.mutate({ connection, objects, action, who: [...keys] })}
          >
            {words.go}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useChange(close: () => void) {
  const navigate = useNavigate();
  const [key, renew] = useIdempotencyKey();
  return useMutation({
    mutationFn: (body: AccountChange) => data(api.POST("/api/v1/account-changes", { headers: { "Idempotency-Key": key }, body })),
    onSuccess: async (run) => {
      renew();
      close();
      await navigate({ to: "/template-runs/$run", params: { run: run.id }, search: {} });
    },
  });
}

function Needs({ connection, objects, wish, setWish }: { connection: string; objects: Kind; wish: Wish; setWish: (wish: Wish) => void }) {
  switch (wish.verb) {
    case "set":
      return (
        <Group grow align="flex-start">
          <Attributes connection={connection} objects={objects} value={wish.attribute} onChange={(attribute) => setWish({ ...wish, attribute })} />
          <TextInput label={words.value} description={words.valueHint} inputWrapperOrder={["label", "input", "description", "error"]} value={wish.value} onChange={(event) => setWish({ ...wish, value: event.currentTarget.value })} />
        </Group>
      );
    case "move":
      return <TextInput label={words.to} classNames={{ input: "mono" }} value={wish.container} onChange={(event) => setWish({ ...wish, container: event.currentTarget.value })} />;
    case "add_to_groups":
    case "remove_from_groups":
      return <Groups connection={connection} value={wish.groups} onChange={(groups) => setWish({ ...wish, groups })} />;
    case "expire":
      return <TextInput label={words.expire} description={words.expireHint} value={wish.ends} onChange={(event) => setWish({ ...wish, ends: event.currentTarget.value })} />;
    default:
      return null;
  }
}

function Attributes({ connection, objects, value, onChange }: { connection: string; objects: Kind; value: string; onChange: (name: string) => void }) {
  const query = useQuery({
    queryKey: ["connections", connection, "fields", objects],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/fields", { params: { path: { connection }, query: { objects } } })),
  });
  const names = (query.data ?? []).filter((one) => one.writable).map((one) => one.name);
  return (
    <>
      <Select label={words.attribute} searchable limit={60} data={names} value={value === "" ? null : value} onChange={(name) => onChange(name ?? "")} />
      <ProblemNote error={query.error} />
    </>
  );
}

function Groups({ connection, value, onChange }: { connection: string; value: readonly string[]; onChange: (dns: string[]) => void }) {
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text, 250);
  const query = useQuery(accountsQuery(connection, { objects: "groups", search }));
  const found = (query.data?.items ?? []).map((one) => ({ value: one.dn, label: one.name }));
  const held = value.filter((dn) => found.every((one) => one.value !== dn)).map((dn) => ({ value: dn, label: dn }));
  return (
    <>
      <MultiSelect label={words.groups} description={words.groupsHint} searchable hidePickedOptions filter={({ options }) => options} data={[...found, ...held]} value={[...value]} onChange={onChange} searchValue={text} onSearchChange={setText} />
      <ProblemNote error={query.error} />
    </>
  );
}
