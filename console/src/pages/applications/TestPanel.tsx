import { Badge, Button, Group, List, Paper, SegmentedControl, SimpleGrid, Stack, Tabs, Text, TextInput, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import type { Tree } from "../../api/json";
import { AnswerView, RequestView } from "../../components/Exchange/ExchangeView";
import { ProblemNote } from "../../components/ProblemNote";
import { endpointTexts } from "../../texts/endpoints";
import { needs, onlyReads } from "./endpoint";
import { FieldTree } from "./FieldTree";
import type { Exchanged } from "./queries";

const words = endpointTexts.test;

interface TestPanelProps {
  spec: Tree;
  enabled: boolean;
  testing: boolean;
  result: Exchanged | undefined;
  error: Error | null;
  onTest: (values: Record<string, string>) => void;
  onRecords?: ((path: string) => void) | undefined;
}

/** Sends the call as it stands in the page, and shows what went out and what came back. */
export function TestPanel({ spec, enabled, testing, result, error, onTest, onRecords }: TestPanelProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const wanted = needs(spec);
  const why = enabled ? (onlyReads(spec) ? words.lead : words.writes) : words.off;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onTest(Object.fromEntries(wanted.map((name) => [name, values[name] ?? ""])));
        }}
      >
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2} size="h4">
              {words.title}
            </Title>
            <Text size="sm" c="dimmed">
              {why}
            </Text>
          </div>
          <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={testing} disabled={!enabled || !onlyReads(spec)} style={{ flex: "none" }}>
            {words.go}
          </Button>
        </Group>
        {wanted.length > 0 && onlyReads(spec) && (
          <SimpleGrid cols={{ base: 1, sm: 2 }} mt="sm" role="group" aria-label={words.values}>
            {wanted.map((name) => (
              <TextInput key={name} label={`{${name}}`} value={values[name] ?? ""} onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })} />
            ))}
          </SimpleGrid>
        )}
      </form>
      <div aria-live="polite">
        {error !== null && (
          <Stack mt="md">
            <ProblemNote error={error} />
          </Stack>
        )}
        {error === null && result !== undefined && !testing && <Result result={result} onRecords={onRecords} />}
      </div>
    </Paper>
  );
}

function Result({ result, onRecords }: { result: Exchanged; onRecords: ((path: string) => void) | undefined }) {
  const [page, setPage] = useState("0");
  const turn = result.turns[Number(page)] ?? result.turns[0];
  const milliseconds = result.turns.reduce((sum, one) => sum + one.answer.milliseconds, 0);
  return (
    <Stack gap="sm" mt="md">
      <Group gap="sm">
        <Badge size="lg" color={result.good ? "green" : "orange"} variant="light">
          {result.good ? words.good : words.notGood}
        </Badge>
        <Text size="sm">
          {result.turns.map((one) => one.answer.status).join(", ")} · {milliseconds} ms
          {typeof result.records === "number" && ` · ${words.records(result.records, result.turns.length)}`}
        </Text>
      </Group>
      {result.remarks.length > 0 && (
        <List size="sm" spacing={6} listStyleType="none" pl={0} aria-label={words.remarks}>
          {result.remarks.map((one) => (
            <List.Item
              key={one.text}
              icon={
                <ThemeIcon size={20} radius="xl" variant="light" color={one.severe ? "orange" : "blue"}>
                  {one.severe ? <IconAlertTriangle size={13} aria-label={words.severe} /> : <IconInfoCircle size={13} aria-hidden />}
                </ThemeIcon>
              }
            >
              {one.text}
            </List.Item>
          ))}
        </List>
      )}
      {result.turns.length > 1 && <SegmentedControl size="xs" value={page} onChange={setPage} data={result.turns.map((_, number) => ({ value: String(number), label: words.pageNumber(number + 1) }))} style={{ alignSelf: "flex-start" }} />}
      <Tabs defaultValue="fields" keepMounted={false}>
        <Tabs.List aria-label={words.title}>
          <Tabs.Tab value="fields">{words.fields}</Tabs.Tab>
          <Tabs.Tab value="request">{words.request}</Tabs.Tab>
          <Tabs.Tab value="answer">{words.answer}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="fields" pt="sm">
          <FieldTree fields={result.fields} lists={result.lists} onRecords={onRecords} />
        </Tabs.Panel>
        <Tabs.Panel value="request" pt="sm">
          {turn !== undefined && <RequestView request={turn.request} />}
        </Tabs.Panel>
        <Tabs.Panel value="answer" pt="sm">
          {turn !== undefined && <AnswerView answer={turn.answer} />}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
