import { Badge, Group, List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { useDraft } from "../../api/draft";
import { tree } from "../../api/json";
import type { ConnectionShown } from "../../api/schema";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { Loaded } from "../../components/Loaded";
import { LoadingRows } from "../../components/Page";
import { SpecFields } from "../../components/SpecFields";
import { applications } from "../../texts/applications";
import { CheckPanel } from "../../components/CheckPanel";
import { ConsentPanel } from "./ConsentPanel";
import { CONNECTIONS } from "./fields";
import { connectionQuery, presetsQuery } from "./queries";
import { RemovePart } from "../../components/RemovePart";
import { ProofFields, Section } from "./sections";
import { FilePart, LogoPart } from "./Uploads";
import { calm } from "./within";

const words = applications.authorization;
const removing = applications.remove;

/** Where the system is, and how requests prove themselves. */
export function AuthorizationTab() {
  const { name } = useParams({ from: "/shell/applications/$name/" });
  const query = useQuery(connectionQuery(name));
  return <Loaded query={query}>{(found) => <Editor key={name} one={found} />}</Loaded>;
}

function Editor({ one }: { one: ConnectionShown }) {
  const path = useMemo(() => ["connections", one.name], [one.name]);
  const draft = useDraft(path);
  const navigate = useNavigate();
  const mayChange = useMay("change_configuration");
  const shared = {
    onChange: draft.set,
    errors: calm(draft.errors, draft.tried),
    readOnly: !mayChange,
    secrets: one.secrets,
    secretName: (field: string) => `${one.name}-${(field.split(".").at(-1) ?? field).replaceAll("_", "-")}`,
  };
  const settings = CONNECTIONS[one.kind] ?? [];
  if (draft.loading) return <LoadingRows />;
  return (
    <Stack gap="md">
      <Section title={words.where} aside={one.kind === "rest" && <PresetNote name={String(tree(one.written)["preset"] ?? "infobip")} />}>
        <SpecFields fields={settings} value={draft.value} {...shared} />
      </Section>
      {one.kind === "rest" && (
        <Section title={words.proof}>
          <ProofFields value={tree(draft.value)} {...shared} />
        </Section>
      )}
      {tree(one.written)["authorization"] !== undefined && tree(tree(one.written)["authorization"])["type"] === "oauth2_code" && <ConsentPanel name={one.name} unsaved={draft.changed} />}
      {mayChange && (one.kind === "ldif" || one.kind === "table") && <FilePart name={one.name} kind={one.kind} />}
      {mayChange && <LogoPart name={one.name} kind={one.kind} />}
      <CheckPanel name={one.name} enabled={one.enabled} unsaved={draft.changed} />
      {mayChange && <DraftBar draft={draft} />}
      {mayChange && !draft.changed && (
        <Group justify="flex-end">
          <RemovePart path={path} label={removing.button} title={removing.title(one.name)} text={removing.text} go={removing.go} variant="subtle" color="red" onDone={() => void navigate({ to: "/applications" })} />
        </Group>
      )}
    </Stack>
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
