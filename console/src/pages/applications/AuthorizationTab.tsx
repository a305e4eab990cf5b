import { Badge, Group, List, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Draft, useDraft } from "../../api/draft";
import { tree, withAt } from "../../api/json";
import type { ConnectionShown } from "../../api/schema";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { Loaded } from "../../components/Loaded";
import { LoadingRows } from "../../components/Page";
import { SpecFields } from "../../components/SpecFields";
import { applications } from "../../texts/applications";
import { CheckPanel } from "./CheckPanel";
import { ConsentPanel } from "./ConsentPanel";
import { AUTHORIZATIONS, CONNECTIONS } from "./fields";
import { connectionQuery, presetsQuery } from "./queries";
import { RemoveButton } from "./RemoveButton";
import { within } from "./within";

const words = applications.authorization;

/** Where the system is, and how requests prove themselves. */
export function AuthorizationTab() {
  const { name } = useParams({ from: "/shell/applications/$name/" });
  const query = useQuery(connectionQuery(name));
  return <Loaded query={query}>{(found) => <Editor key={name} one={found} />}</Loaded>;
}

function Editor({ one }: { one: ConnectionShown }) {
  const path = useMemo(() => ["connections", one.name], [one.name]);
  const draft = useDraft(path);
  const mayChange = useMay("change_configuration");
  const readOnly = !mayChange;
  const settings = CONNECTIONS[one.kind] ?? [];
  if (draft.loading) return <LoadingRows />;
  return (
    <Stack gap="md">
      <Section title={words.where} aside={one.kind === "rest" && <PresetNote name={String(tree(one.written)["preset"] ?? "infobip")} />}>
        <SpecFields fields={settings} value={draft.value} onChange={draft.set} errors={draft.errors} readOnly={readOnly} secrets={one.secrets} secretName={(field) => `${one.name}-${field.split(".").at(-1) ?? field}`} />
      </Section>
      {one.kind === "rest" && <Proof one={one} draft={draft} readOnly={readOnly} />}
      {tree(one.written)["authorization"] !== undefined && tree(tree(one.written)["authorization"])["type"] === "oauth2_code" && <ConsentPanel name={one.name} unsaved={draft.changed} />}
      <CheckPanel name={one.name} enabled={one.enabled} unsaved={draft.changed} />
      {mayChange && <DraftBar draft={draft} />}
      {mayChange && !draft.changed && <RemoveButton name={one.name} />}
    </Stack>
  );
}

function Proof({ one, draft, readOnly }: { one: ConnectionShown; draft: Draft; readOnly: boolean }) {
  const authorization = tree(tree(draft.value)["authorization"]);
  const type = typeof authorization["type"] === "string" ? authorization["type"] : "none";
  const kind = AUTHORIZATIONS[type];
  const put = (next: Parameters<typeof withAt>[2]) => draft.set(withAt(draft.value, ["authorization"], next));
  return (
    <Section title={words.proof}>
      <Stack gap="md">
        <Select
          label={words.kind}
          description={kind?.about}
          data={Object.entries(AUTHORIZATIONS).map(([value, { label }]) => ({ value, label }))}
          value={type}
          onChange={(next) => next !== null && next !== type && put(next === "none" ? undefined : { type: next })}
          allowDeselect={false}
          readOnly={readOnly}
          maw={420}
        />
        <SpecFields
          key={type}
          fields={kind?.fields ?? []}
          value={authorization}
          onChange={put}
          errors={within(draft.errors, "authorization")}
          readOnly={readOnly}
          secrets={one.secrets}
          secretName={(field) => `${one.name}-${field.replaceAll("_", "-")}`}
        />
      </Stack>
    </Section>
  );
}

/** What the preset brings along, and what to know of the application. */
function PresetNote({ name }: { name: string }) {
  const presets = useQuery(presetsQuery).data;
  const preset = presets?.find((one) => one.name === name);
  if (preset === undefined) return null;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Badge variant="light">{words.preset(preset.name)}</Badge>
        <Text size="sm" c="dimmed">
          {words.brings(preset.endpoints.length, preset.webhooks.length)}
        </Text>
      </Group>
      {preset.notes.length > 0 && (
        <List size="sm" c="dimmed">
          {preset.notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {aside !== undefined && aside !== false && <div style={{ marginBottom: 16 }}>{aside}</div>}
      {children}
    </Paper>
  );
}
