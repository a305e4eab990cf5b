import { Anchor, Button, Grid, Group, Paper, Select, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { IconArrowLeft, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useDraft } from "../../api/draft";
import { type Json, tree, type Tree, withAt } from "../../api/json";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { KeyValueRows } from "../../components/KeyValueRows";
import { LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { errorOf, type SpecField, SpecFields } from "../../components/SpecFields";
import { objectTexts as words } from "../../texts/objects";
import { FieldPicker } from "./FieldPicker";
import { FieldTree } from "./FieldTree";
import { giverOf, givenBy, nameOf, pathsOf, withPaths } from "./objects";
import { endpointsQuery, tryEndpoint } from "./queries";
import { RemovePart } from "../../components/RemovePart";
import { calm, within } from "./within";

const NEW = "_new"; // no objects can be called so
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const START: Tree = { list: "", key: "", attributes: {} };
const MORE: readonly SpecField[] = [
  { path: "get", label: words.get, kind: "text", hint: words.getHint, mono: true, more: true },
  { path: "identifying", label: words.identifying, kind: "list", hint: words.identifyingHint, more: true },
  { path: "display", label: words.display, kind: "list", more: true },
  { path: "whole", label: words.whole, kind: "switch", hint: words.wholeHint, more: true },
];

/** What is read of an application: the list, further endpoints joined on the primary key, and the columns. */
export function ObjectsTab() {
  const { name, objects } = useParams({ from: "/shell/applications/$name/objects/$objects" });
  return <Editor key={objects} connection={name} objects={objects === NEW ? null : objects} />;
}

function Editor({ connection, objects }: { connection: string; objects: string | null }) {
  const [name, setName] = useState("users");
  const mayChange = useMay("change_configuration");
  const navigate = useNavigate();
  const called = objects ?? name;
  const draft = useDraft(useMemo(() => ["connections", connection, "objects", called], [connection, called]));
  const endpoints = useQuery(endpointsQuery(connection)).data ?? [];
  if (draft.loading) return <LoadingRows />;
  const wrongName = objects !== null ? undefined : NAME.test(name) ? (draft.saved === undefined ? undefined : words.nameTaken) : words.nameWrong;
  const spec = draft.changed || objects !== null ? tree(draft.value) : START;
  const put = (path: string[], value: Json | undefined) => draft.set(withAt(spec, path, value));
  const errors = calm(draft.errors, draft.tried);
  const names = endpoints.map((one) => one.name);
  return (
    <Stack gap="md">
      <Anchor size="sm" renderRoot={(props) => <Link to="/applications/$name/inbound" params={{ name: connection }} {...props} />}>
        <Group gap={4}>
          <IconArrowLeft size={14} aria-hidden />
          {words.back}
        </Group>
      </Anchor>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {objects ?? words.newTitle}
        </Title>
        {mayChange && objects !== null && !draft.changed && <RemovePart path={["connections", connection, "objects", objects]} label={words.remove} title={words.removeTitle(objects)} text={words.removeText} onDone={() => void navigate({ to: "/applications/$name/inbound", params: { name: connection } })} />}
      </Group>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Stack gap="md">
            {objects === null && <TextInput label={words.name} description={words.nameHint(connection)} value={name} onChange={(event) => setName(event.currentTarget.value.trim())} error={wrongName} withAsterisk classNames={{ input: "mono" }} />}
            <Select label={words.list} description={words.listHint} data={names} value={String(spec["list"] ?? "") || null} onChange={(next) => put(["list"], next ?? "")} error={errorOf(errors, "list")} searchable readOnly={!mayChange} withAsterisk />
            <FieldPicker connection={connection} endpoint={String(spec["list"] ?? "")} label={words.key} hint={words.keyHint} value={String(spec["key"] ?? "")} onChange={(next) => put(["key"], next)} error={errorOf(errors, "key")} readOnly={!mayChange} />
            <Joins connection={connection} spec={spec} put={put} names={names} errors={within(errors, "join")} readOnly={!mayChange} />
            <Attributes spec={spec} put={put} errors={within(errors, "attributes")} readOnly={!mayChange} />
            <SpecFields fields={MORE} value={spec} onChange={draft.set} errors={errors} readOnly={!mayChange} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Fields connection={connection} spec={spec} put={put} readOnly={!mayChange} />
        </Grid.Col>
      </Grid>
      {mayChange && <DraftBar draft={draft} {...(wrongName === undefined ? {} : { hold: wrongName })} onSaved={() => objects === null && void navigate({ to: "/applications/$name/objects/$objects", params: { name: connection, objects: name } })} />}
    </Stack>
  );
}

interface PartProps {
  spec: Tree;
  put: (path: string[], value: Json | undefined) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
}

function joinsOf(spec: Tree): Tree[] {
  const join = spec["join"];
  return Array.isArray(join) ? join.map((one: Json) => tree(one)) : [];
}

/** Further endpoints, each read whole and matched by its key, or called once for every record. */
function Joins({ connection, spec, put, names, errors, readOnly }: PartProps & { connection: string; names: string[] }) {
  const joins = joinsOf(spec);
  const write = (next: Tree[]) => put(["join"], next.length === 0 ? undefined : next);
  const change = (place: number, one: Tree) => write(joins.map((other, at) => (at === place ? one : other)));
  return (
    <Stack gap={6} role="group" aria-label={words.joins}>
      <Text size="sm" fw={500}>
        {words.joins}
      </Text>
      {joins.map((one, place) => {
        const label = `${words.joins} ${place + 1}`;
        const each = one["each"] === true;
        return (
          // oxlint-disable-next-line react/no-array-index-key -- joins have no other name than their place
          <Group key={place} gap="xs" align="flex-start">
            <Select aria-label={`${label}: ${words.endpoint}`} placeholder={words.endpoint} data={names} value={String(one["endpoint"] ?? "") || null} onChange={(next) => change(place, { ...one, endpoint: next ?? "" })} searchable readOnly={readOnly} flex="1 1 150px" error={errorOf(errors, String(place))} />
            {!each && <FieldPicker connection={connection} endpoint={String(one["endpoint"] ?? "")} label={`${label}: ${words.joinKey}`} labelHidden value={String(one["key"] ?? "")} onChange={(next) => change(place, { ...one, key: next })} readOnly={readOnly} />}
            <Switch label={words.each} checked={each} disabled={readOnly} mt={8} onChange={(event) => change(place, event.currentTarget.checked ? { endpoint: one["endpoint"] ?? "", each: true } : { endpoint: one["endpoint"] ?? "", key: "" })} />
            {!readOnly && (
              <Button variant="subtle" color="gray" px={8} aria-label={words.removeJoin(place + 1)} onClick={() => write(joins.filter((_, at) => at !== place))}>
                <IconTrash size={16} aria-hidden />
              </Button>
            )}
          </Group>
        );
      })}
      {!readOnly && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => write([...joins, { endpoint: "", key: String(spec["key"] ?? "") }])} style={{ alignSelf: "flex-start" }}>
          {words.addJoin}
        </Button>
      )}
    </Stack>
  );
}

function Attributes({ spec, put, errors, readOnly }: PartProps) {
  const attributes = tree(spec["attributes"]);
  const joined = joinsOf(spec).map((one) => String(one["endpoint"] ?? "")).filter((one) => one !== "");
  const rest = joined.length === 0 ? {} : { aside: (key: string) => <Select aria-label={words.of(key)} data={[{ value: "", label: words.theList }, ...joined]} value={giverOf(attributes, key)} onChange={(next) => put(["attributes"], givenBy(attributes, key, next ?? ""))} allowDeselect={false} readOnly={readOnly} w={130} style={{ flex: "none" }} /> };
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {words.attributes}
      </Text>
      <KeyValueRows label={words.attributes} keyLabel={words.attribute} valueLabel={words.path} value={pathsOf(attributes)} onChange={(next) => put(["attributes"], withPaths(attributes, next))} errors={errors} readOnly={readOnly} hint={words.attributesHint} {...rest} />
    </Stack>
  );
}

/** The fields that the list gives now: each can be a column, or the primary key. */
function Fields({ connection, spec, put, readOnly }: Omit<PartProps, "errors"> & { connection: string }) {
  const list = String(spec["list"] ?? "");
  const mayTest = useMay("test_connections");
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () => tryEndpoint({ connection, endpoint: list, values: {}, spec: null }),
    onSuccess: () => queries.invalidateQueries({ queryKey: endpointsQuery(connection).queryKey }),
  });
  if (!mayTest) return null;
  const attributes = tree(spec["attributes"]);
  const actions = readOnly
    ? []
    : [
        { label: words.asColumn, pick: (path: string) => put(["attributes"], { ...attributes, [nameOf(path)]: path }) },
        { label: words.asKey, pick: (path: string) => put(["key"], path) },
      ];
  return (
    <Paper withBorder p="md" component="section" aria-label={words.fields}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <div>
          <Title order={3} size="h4">
            {words.fields}
          </Title>
          <Text size="sm" c="dimmed">
            {words.fieldsLead}
          </Text>
        </div>
        <Button variant="default" leftSection={<IconPlayerPlay size={16} aria-hidden />} disabled={list === ""} loading={test.isPending} onClick={() => test.mutate()} style={{ flex: "none" }}>
          {words.look}
        </Button>
      </Group>
      {test.error !== null && <ProblemNote error={test.error} />}
      {test.data !== undefined && <FieldTree fields={test.data.fields} lists={[]} actions={actions} />}
    </Paper>
  );
}
