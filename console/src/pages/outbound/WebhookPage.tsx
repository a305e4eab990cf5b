import { Anchor, Badge, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconArrowLeft, IconCopy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useDraft } from "../../api/draft";
import { same, tree, type Tree } from "../../api/json";
import type { ShownWebhook } from "../../api/schema";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { Loaded } from "../../components/Loaded";
import { HelpLink, LoadingRows } from "../../components/Page";
import { outbound as words } from "../../texts/outbound";
import { TestMark } from "./OutboundTab";
import { connectionsQuery, webhookQuery, webhooksQuery } from "./queries";
import { RemovePart } from "../../components/RemovePart";
import { type Target, TestPanel, useDirectories } from "./TestPanel";
import { EMPTY, type LastTest, NAME, NEW, standing } from "./webhook";
import { WebhookForm } from "./WebhookForm";

const FROM = "/shell/applications/$name/outbound/$webhook";

/** One webhook: written, tested on people that somebody chooses, and saved as it was tested. */
export function WebhookPage() {
  const { name, webhook } = useParams({ from: FROM });
  const { copy } = useSearch({ from: FROM });
  const source = webhook === NEW ? copy : webhook;
  const query = useQuery({ ...webhookQuery(name, source ?? ""), enabled: source !== undefined });
  if (source === undefined) return <Editor key={NEW} connection={name} shown={null} start={EMPTY} />;
  return (
    <Loaded query={query}>
      {(found) => <Editor key={`${webhook} ${source}`} connection={name} shown={webhook === NEW ? null : found} start={tree(found.spec)} />}
    </Loaded>
  );
}

interface EditorProps {
  connection: string;
  /** null: it is not there yet */
  shown: ShownWebhook | null;
  start: Tree;
}

function Editor({ connection, shown, start }: EditorProps) {
  const [name, setName] = useState("");
  const [last, setLast] = useState<LastTest | null>(null);
  const { target, setTarget } = useTarget();
  const listed = useQuery(webhooksQuery(connection)).data ?? [];
  const enabled = useQuery(connectionsQuery).data?.find((one) => one.name === connection)?.enabled ?? true;
  const [mayChange, mayTest] = [useMay("change_configuration"), useMay("test_webhooks")];
  const called = shown?.name ?? name;
  const draft = useDraft(useMemo(() => ["connections", connection, "webhooks", called], [connection, called]));
  const spec = draft.changed ? tree(draft.value) : start;
  const nameError = shown !== null || name === "" ? undefined : NAME.test(name) ? (listed.some((one) => one.name === name) ? words.nameTaken : undefined) : words.nameWrong;
  const unnamed = shown === null && (name === "" || nameError !== undefined);
  if (draft.loading) return <LoadingRows />;
  const set = (next: Tree) => (same(next, start) && shown !== null ? draft.reset() : draft.set(next));
  const named = (next: string) => {
    setName(next);
    if (!draft.changed) draft.set(spec); // a copy is new by its name alone
  };
  return (
    <Stack gap="md">
      <Head connection={connection} shown={shown} changed={draft.changed} />
      {shown === null && <TextInput label={words.name} description={words.nameHint} value={name} onChange={(event) => named(event.currentTarget.value.trim())} error={nameError} withAsterisk classNames={{ input: "mono" }} maw={420} />}
      <WebhookForm
        spec={spec}
        onChange={set}
        errors={unnamed ? {} : draft.errors}
        readOnly={!mayChange}
        directory={target.directory}
        who={target.subjects.find((one) => one.kind === "users")?.key}
        others={listed.map((one) => one.name).filter((one) => one !== called)}
      />
      {mayTest ? (
        <TestPanel connection={connection} webhook={called || "draft"} spec={spec} isDraft={draft.changed || shown === null} enabled={enabled} target={target} onTarget={setTarget} onTested={(tested, good) => setLast({ spec: tested, good })} />
      ) : (
        <Text size="sm" c="dimmed">
          {words.test.mayNot}
        </Text>
      )}
      {mayChange && <SaveBar draft={draft} connection={connection} name={name} isNew={shown === null} unnamed={unnamed} last={mayTest ? last : { spec, good: true }} spec={spec} />}
    </Stack>
  );
}

/** Whom a test is on: of the only directory, unless another one is chosen. */
function useTarget() {
  const [chosen, setTarget] = useState<Target>({ directory: "", subjects: [] });
  const directories = useDirectories();
  const target = chosen.directory === "" ? { ...chosen, directory: directories[0] ?? "" } : chosen;
  return { target, setTarget };
}

interface SaveBarProps {
  draft: ReturnType<typeof useDraft>;
  connection: string;
  name: string;
  isNew: boolean;
  unnamed: boolean;
  last: LastTest | null;
  spec: Tree;
}

/** Saves what was tested; saving untested is a choice of its own. */
function SaveBar({ draft, connection, name, isNew, unnamed, last, spec }: SaveBarProps) {
  const navigate = useNavigate();
  const stands = standing(spec, last);
  const hold = unnamed ? words.nameHint : stands === "good" ? undefined : words.test[stands];
  const saved = () => {
    if (isNew) void navigate({ to: "/applications/$name/outbound/$webhook", params: { name: connection, webhook: name }, search: {}, ignoreBlocker: true });
  };
  return (
    <DraftBar draft={draft} {...(hold === undefined ? {} : { hold })} onSaved={saved}>
      {draft.changed && !unnamed && hold !== undefined && (
        <Button variant="subtle" onClick={() => void draft.save().then((done) => done && saved())} loading={draft.saving}>
          {words.test.untested}
        </Button>
      )}
    </DraftBar>
  );
}

function Head({ connection, shown, changed }: { connection: string; shown: ShownWebhook | null; changed: boolean }) {
  const navigate = useNavigate();
  const mayChange = useMay("change_configuration");
  return (
    <Stack gap={6}>
      <Anchor size="sm" renderRoot={(props) => <Link to="/applications/$name/outbound" params={{ name: connection }} {...props} />}>
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
          <HelpLink page="webhooks" />
          {shown !== null && (
            <Badge variant="light" color={shown.own ? "step" : "gray"}>
              {shown.own ? words.own : words.fromPreset}
            </Badge>
          )}
          {shown !== null && <TestMark test={shown.test} />}
        </Group>
        {mayChange && shown !== null && !changed && (
          <Group gap="xs">
            <Button size="compact-md" variant="default" leftSection={<IconCopy size={16} aria-hidden />} renderRoot={(props) => <Link to="/applications/$name/outbound/$webhook" params={{ name: connection, webhook: NEW }} search={{ copy: shown.name }} {...props} />}>
              {words.copy}
            </Button>
            {shown.own && (
              <RemovePart
                path={["connections", connection, "webhooks", shown.name]}
                label={shown.in_preset ? words.toPreset : words.remove}
                title={shown.in_preset ? words.toPresetTitle(shown.name) : words.removeTitle(shown.name)}
                text={shown.in_preset ? words.toPresetText : words.removeText}
                // one that stands in place of a ready-made one gives that back
                onDone={() => (shown.in_preset ? undefined : navigate({ to: "/applications/$name/outbound", params: { name: connection } }))}
              />
            )}
          </Group>
        )}
      </Group>
      {shown !== null && (shown.in_preset || shown.used_by.length > 0) && (
        <Text size="sm" c="dimmed">
          {shown.in_preset && (shown.own ? words.ownNote : words.presetNote)} {shown.used_by.length > 0 && `${words.usedBy}: ${shown.used_by.join(", ")}.`}
        </Text>
      )}
    </Stack>
  );
}
