import { Alert, Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, data } from "../../api/client";
import { documentQuery, useDraft } from "../../api/draft";
import { type Tree, tree, withKey } from "../../api/json";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { LoadingRows } from "../../components/Page";
import { sentence } from "../../components/ProblemNote";
import { RemovePart } from "../../components/RemovePart";
import { type SpecField, SpecFields } from "../../components/SpecFields";
import { Windows } from "../../components/Windows";
import { notify as words } from "../../texts/notify";
import { CHANNEL, ofKind, ruleFields } from "./notify";

/** One way to tell people. */
export function ChannelTab() {
  const { name } = useParams({ from: "/shell/settings/notifications/channels/$name" });
  return <Editor key={name} part="channels" name={name} title={words.channelTitle(name)} fields={CHANNEL} start={{ kind: "email" }} />;
}

/** One rule of what is told by which channels. */
export function NotificationRuleTab() {
  const { name } = useParams({ from: "/shell/settings/notifications/rules/$name" });
  const document = useQuery(documentQuery).data?.value;
  const fields = useMemo(() => ruleFields(document), [document]);
  return <Editor key={name} part="notifications" name={name} title={words.ruleTitle(name)} fields={fields} start={{}} />;
}

interface EditorProps {
  part: "channels" | "notifications";
  name: string;
  title: string;
  fields: readonly SpecField[];
  /** what a new one begins with */
  start: Tree;
}

function Editor({ part, name, title, fields, start }: EditorProps) {
  const draft = useDraft(useMemo(() => [part, name], [part, name]));
  const navigate = useNavigate();
  const may = useMay("change_configuration");
  const secrets = useSecrets();
  const spec = draft.value === undefined ? start : tree(draft.value);
  return (
    <Stack maw={820}>
      <Anchor size="sm" w="fit-content" renderRoot={(props) => <Link to="/settings/notifications" search={{}} {...props} />}>
        {words.back}
      </Anchor>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {title}
        </Title>
        {may && draft.saved !== undefined && !draft.changed && (
          <RemovePart path={[part, name]} label={words.remove} title={words.removeTitle(name)} text={words.removeText} onDone={() => navigate({ to: "/settings/notifications", search: {} })} />
        )}
      </Group>
      {draft.loading ? (
        <LoadingRows />
      ) : !may && draft.saved === undefined ? (
        <Text>{words.gone}</Text>
      ) : (
        <>
          {draft.errors[""] !== undefined && <Alert color="orange">{sentence(draft.errors[""])}</Alert>}
          <Paper withBorder p="md">
            <SpecFields fields={fields} value={spec} onChange={(next) => draft.set(ofKind(spec, next))} errors={draft.errors} readOnly={!may} secrets={secrets} secretName={(path) => `${name}-${path}`} />
            {part === "notifications" && <Quiet value={spec} set={draft.set} errors={draft.errors} readOnly={!may} />}
          </Paper>
          {may && <DraftBar draft={draft} />}
        </>
      )}
    </Stack>
  );
}

/** The windows in which a rule tells nothing. */
function Quiet({ value, set, errors, readOnly }: { value: Tree; set: (value: Tree) => void; errors: Readonly<Record<string, string>>; readOnly: boolean }) {
  return (
    <fieldset disabled={readOnly} style={{ border: 0, margin: "var(--mantine-spacing-md) 0 0", padding: 0, minWidth: 0 }}>
      <Windows said={words.quiet} value={value["quiet"]} onChange={(next) => set(withKey(value, "quiet", next))} errors={errors} path="quiet" />
    </fieldset>
  );
}

/** Return how the secrets that Keepstep keeps stand, for whoever may know. */
function useSecrets() {
  const may = useMay("set_secrets");
  const query = useQuery({ queryKey: ["secrets"], queryFn: () => data(api.GET("/api/v1/secrets")), enabled: may });
  return (query.data ?? []).map((one) => ({ name: one.name, label: one.name, source: "secret", since: one.since, problem: one.problem, hint: "" }));
}
