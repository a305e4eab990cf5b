import { Button, Group, List, Modal, Paper, Select, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconFlask, IconSend } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { same, type Tree } from "../../api/json";
import { useIdempotencyKey } from "../../api/works";
import { ProblemNote } from "../../components/ProblemNote";
import { SubjectPicker } from "../../components/SubjectPicker";
import type { ChosenSubject } from "../../components/subjects";
import { common } from "../../texts/common";
import { outbound } from "../../texts/outbound";
import { connectionsQuery, type Tested, tryWebhook } from "./queries";
import { TestResults } from "./TestResults";
import { badOf, givenNames, onlyReads } from "./webhook";

const words = outbound.test;
const DIRECTORIES: ReadonlySet<string> = new Set(["active_directory", "ldap", "ldif"]);

export interface Target {
  directory: string;
  subjects: ChosenSubject[];
}

/** Return the directories that are in use. */
export function useDirectories(): string[] {
  return (useQuery(connectionsQuery).data ?? []).filter((one) => DIRECTORIES.has(one.kind) && one.enabled).map((one) => one.name);
}

interface TestPanelProps {
  connection: string;
  webhook: string;
  spec: Tree;
  /** it is not what is in force */
  isDraft: boolean;
  enabled: boolean;
  target: Target;
  onTarget: (target: Target) => void;
  onTested: (spec: Tree, good: boolean) => void;
}

/** What one test was of: a live one is allowed for exactly what was looked at before. */
interface Asked {
  spec: Tree;
  target: Target;
  values: Record<string, string>;
}

/** Tries a webhook on users and groups that a person chooses: first what would be sent, then, asked once more, for real. */
export function TestPanel(props: TestPanelProps) {
  const { connection, webhook, spec, isDraft, target, onTarget, onTested } = props;
  const directories = useDirectories();
  const queries = useQueryClient();
  const [given, setGiven] = useState<Record<string, string>>({});
  const [asking, setAsking] = useState(false);
  const [looked, setLooked] = useState<{ asked: Asked; good: boolean } | null>(null);
  const [key, renew] = useIdempotencyKey();
  const names = givenNames(spec);
  const values = Object.fromEntries(names.flatMap((name) => (given[name] === undefined || given[name] === "" ? [] : [[name, given[name]]])));
  const asked: Asked = { spec, target, values };
  const test = useMutation({
    mutationFn: (live: boolean) => tryWebhook({ connection, webhook, spec: isDraft ? spec : null, ...target, values, live }, key),
    onSuccess: (found) => {
      const good = badOf(found) === 0;
      onTested(spec, good);
      renew(); // what is sent next is another thing
      if (!found.live) setLooked({ asked, good });
      setAsking(false);
      void queries.invalidateQueries({ queryKey: ["connections", connection, "webhooks"] });
    },
  });
  const ready = looked !== null && looked.good && same(looked.asked, asked);
  const none = target.subjects.length === 0;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.title}>
      <Stack gap="md">
        <div>
          <Title order={3} size="h4">
            {words.title}
          </Title>
          <Text size="sm" c="dimmed">
            {directories.length === 0 ? words.noDirectory : words.lead}
          </Text>
        </div>
        {directories.length > 1 && (
          <Select label={words.directory} data={directories} value={target.directory} onChange={(next) => next !== null && onTarget({ directory: next, subjects: [] })} allowDeselect={false} maw={280} />
        )}
        {target.directory !== "" && <SubjectPicker label={words.subjects} connection={target.directory} value={target.subjects} onChange={(subjects) => onTarget({ ...target, subjects })} />}
        {names.length > 0 && <Given names={names} given={given} onChange={setGiven} />}
        <Group gap="xs">
          <Button variant={ready ? "default" : "filled"} leftSection={<IconFlask size={16} aria-hidden />} disabled={none} loading={test.isPending && !asking} onClick={() => test.mutate(false)}>
            {words.dry}
          </Button>
          <Button variant="default" leftSection={<IconSend size={16} aria-hidden />} disabled={!ready || !props.enabled} onClick={() => setAsking(true)}>
            {words.live}
          </Button>
          <Text size="sm" c="dimmed">
            {!props.enabled ? outbound.off : !ready && !none ? words.liveFirst : ""}
          </Text>
        </Group>
        <div aria-live="polite">
          {!asking && <ProblemNote error={test.error} />}
          {test.data !== undefined && !test.isPending && <TestResults tested={test.data} />}
        </div>
      </Stack>
      {asking && <LiveDialog spec={spec} target={target} seen={test.data} busy={test.isPending} error={test.error} go={() => test.mutate(true)} close={() => setAsking(false)} />}
    </Paper>
  );
}

function Given({ names, given, onChange }: { names: string[]; given: Record<string, string>; onChange: (given: Record<string, string>) => void }) {
  return (
    <Stack gap={6} role="group" aria-label={words.values}>
      <Text size="sm" fw={500}>
        {words.values}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {names.map((name) => (
          <TextInput key={name} label={`with.${name}`} value={given[name] ?? ""} onChange={(event) => onChange({ ...given, [name]: event.currentTarget.value })} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

const SHOWN = 8;

interface LiveDialogProps {
  spec: Tree;
  target: Target;
  /** the dry run that was looked at */
  seen: Tested | undefined;
  busy: boolean;
  error: unknown;
  go: () => void;
  close: () => void;
}

/** Names whom and what would really be changed, before it is. */
function LiveDialog({ spec, target, seen, busy, error, go, close }: LiveDialogProps) {
  const reads = onlyReads(spec);
  const count = target.subjects.length;
  const host = hostOf(seen?.rendered[0]?.request?.url ?? "");
  const rendered = new Map((seen?.rendered ?? []).map((one) => [one.subject.key, one.request]));
  return (
    <Modal opened onClose={close} title={words.confirmTitle(count)} size="lg">
      <Stack gap="sm">
        <Text size="sm">{reads ? words.confirmReads(host) : words.confirmWrites(host)}</Text>
        <Text size="sm" fw={600}>
          {words.concerns}
        </Text>
        <List size="sm" spacing={6}>
          {target.subjects.slice(0, SHOWN).map((one) => (
            <List.Item key={one.key}>
              <b>{one.name}</b>
              <Text size="xs" c="dimmed" className="mono">
                {line(rendered.get(one.key))}
              </Text>
            </List.Item>
          ))}
        </List>
        {count > SHOWN && <Text size="sm">{words.more(count - SHOWN)}</Text>}
        <ProblemNote error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {common.cancel}
          </Button>
          <Button color={reads ? "step" : "red"} loading={busy} onClick={go}>
            {words.go(count)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function line(request: { method: string; url: string } | null | undefined): string {
  return request === null || request === undefined ? "" : `${request.method} ${request.url}`;
}

function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]+)/.exec(url)?.[1] ?? "";
}
