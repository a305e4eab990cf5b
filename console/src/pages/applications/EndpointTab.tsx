import { Alert, Anchor, Badge, Button, Code, Grid, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconArrowLeft, IconCopy } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useDraft } from "../../api/draft";
import { same, tree, type Tree, withAt } from "../../api/json";
import type { EndpointShown } from "../../api/schema";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { Loaded } from "../../components/Loaded";
import { LoadingRows } from "../../components/Page";
import { endpointTexts as words } from "../../texts/endpoints";
import { EMPTY } from "./endpoint";
import { EndpointForm } from "./EndpointForm";
import { connectionQuery, endpointQuery, endpointsQuery, tryEndpoint } from "./queries";
import { useCallers } from "./useCallers";
import { RemovePart } from "../../components/RemovePart";
import { TestPanel } from "./TestPanel";

const NEW = "_new"; // no endpoint can be called so
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** One endpoint: the call on one side, what a test of it gave on the other. */
export function EndpointTab() {
  const { name, endpoint } = useParams({ from: "/shell/applications/$name/inbound/$endpoint" });
  const { copy } = useSearch({ from: "/shell/applications/$name/inbound/$endpoint" });
  const source = endpoint === NEW ? copy : endpoint;
  const query = useQuery({ ...endpointQuery(name, source ?? ""), enabled: source !== undefined });
  if (source === undefined) return <Editor key={NEW} connection={name} shown={null} start={EMPTY} />;
  return (
    <Loaded query={query}>
      {(found) => (endpoint === NEW ? <Editor key={NEW} connection={name} shown={null} start={tree(found.spec)} /> : <Editor key={endpoint} connection={name} shown={found} start={tree(found.spec)} />)}
    </Loaded>
  );
}

function Editor({ connection, shown, start }: { connection: string; shown: EndpointShown | null; start: Tree }) {
  const [name, setName] = useState("");
  const [tested, setTested] = useState<{ spec: Tree; good: boolean } | null>(null);
  const taken = useQuery(endpointsQuery(connection)).data?.some((one) => one.name === name) ?? false;
  const enabled = useQuery(connectionQuery(connection)).data?.enabled ?? false;
  const mayChange = useMay("change_configuration");
  const mayTest = useMay("test_connections");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const called = shown?.name ?? name;
  const nameError = shown !== null || name === "" ? undefined : NAME.test(name) ? (taken ? words.nameTaken : undefined) : words.nameWrong;
  const unnamed = shown === null && (name === "" || nameError !== undefined);
  const callers = useCallers(connection, unnamed ? "" : called);
  const part = useDraft(useMemo(() => ["connections", connection, "endpoints", called], [connection, called]), callers.changes);
  const draft = callers.withDraft(part);
  const spec = part.changed ? tree(part.value) : start;
  const test = useMutation({
    mutationFn: (values: Record<string, string>) => tryEndpoint({ connection, endpoint: called || "draft", values, spec: part.changed || shown === null ? spec : null }),
    onSuccess: (result) => {
      setTested({ spec, good: result.good });
      void queries.invalidateQueries({ queryKey: endpointsQuery(connection).queryKey, exact: true });
    },
  });
  const hold = holdOf(spec, tested);
  const saved = () => {
    if (shown === null) void navigate({ to: "/applications/$name/inbound/$endpoint", params: { name: connection, endpoint: name }, search: {} });
  };
  if (draft.loading) return <LoadingRows />;
  const set = (next: Tree) => (same(next, start) ? part.reset() : part.set(next));
  return (
    <Stack gap="md">
      <Head connection={connection} shown={shown} changed={draft.changed} />
      <Grid>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Stack gap="md">
            {shown === null && <TextInput label={words.name} description={words.nameHint} value={name} onChange={(event) => setName(event.currentTarget.value.trim())} error={nameError} withAsterisk classNames={{ input: "mono" }} />}
            <EndpointForm connection={connection} endpoint={called} spec={spec} onChange={set} errors={unnamed ? {} : draft.errors} readOnly={!mayChange} {...(shown === null || shown.own ? { callers } : {})} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          {mayTest && <TestPanel spec={spec} enabled={enabled} testing={test.isPending} result={test.data} error={test.error} onTest={(values) => test.mutate(values)} onRecords={mayChange ? (path) => set(withAt(spec, ["records"], path)) : undefined} />}
        </Grid.Col>
      </Grid>
      {mayChange && (
        <DraftBar draft={draft} {...(unnamed ? { hold: words.nameHint } : hold === undefined ? {} : { hold })} onSaved={saved}>
          {draft.changed && !unnamed && hold !== undefined && (
            <Button variant="subtle" onClick={() => void draft.save().then((done) => done && saved())} loading={draft.saving}>
              {words.test.untested}
            </Button>
          )}
        </DraftBar>
      )}
    </Stack>
  );
}

/** Why what stands in the page should not be saved yet; undefined where it was tested just so. */
function holdOf(spec: Tree, tested: { spec: Tree; good: boolean } | null): string | undefined {
  if (tested === null) return words.test.notTested;
  if (!same(tested.spec, spec)) return words.test.old;
  return tested.good ? undefined : words.test.bad;
}

function Head({ connection, shown, changed }: { connection: string; shown: EndpointShown | null; changed: boolean }) {
  const mayChange = useMay("change_configuration");
  return (
    <Stack gap="xs">
      <Anchor size="sm" renderRoot={(props) => <Link to="/applications/$name/inbound" params={{ name: connection }} {...props} />}>
        <Group gap={4}>
          <IconArrowLeft size={14} aria-hidden />
          {words.back}
        </Group>
      </Anchor>
      <Group justify="space-between">
        <Group gap="xs">
          <Title order={2} size="h3">
            {shown?.name ?? words.newTitle}
          </Title>
          {shown !== null && (
            <Badge variant="light" color={shown.own ? "step" : "gray"}>
              {shown.own ? words.own : words.fromPreset}
            </Badge>
          )}
        </Group>
        {mayChange && shown !== null && !changed && (
          <Group gap="xs">
            <Button size="compact-md" variant="default" leftSection={<IconCopy size={16} aria-hidden />} renderRoot={(props) => <Link to="/applications/$name/inbound/$endpoint" params={{ name: connection, endpoint: NEW }} search={{ copy: shown.name }} {...props} />}>
              {words.copyIt}
            </Button>
            {shown.own && <Remove connection={connection} shown={shown} />}
          </Group>
        )}
      </Group>
      {shown !== null && shown.used_by.length > 0 && (
        <Text size="sm" c="dimmed">
          {words.usedBy} {shown.used_by.map((one) => <Code key={one}>{one}</Code>)}
        </Text>
      )}
      {shown?.in_preset === true && mayChange && (
        <Alert color="blue" p="xs">
          <Text size="sm">{shown.own ? words.ownNote : words.presetNote}</Text>
        </Alert>
      )}
    </Stack>
  );
}

/** Deletes an endpoint of one's own; one that stands in place of the preset's gives that back. */
function Remove({ connection, shown }: { connection: string; shown: EndpointShown }) {
  const navigate = useNavigate();
  const done = () => {
    if (!shown.in_preset) void navigate({ to: "/applications/$name/inbound", params: { name: connection } });
  };
  return (
    <RemovePart path={["connections", connection, "endpoints", shown.name]} label={shown.in_preset ? words.toPreset : words.removeIt} title={words.removeTitle(shown.name)} text={words.removeText} onDone={done} />
  );
}
