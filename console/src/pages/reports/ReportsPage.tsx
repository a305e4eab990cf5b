import { Alert, Anchor, Button, Card, Group, Select, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { address, api, data } from "../../api/client";
import type { Work } from "../../api/schema";
import { isOver, useAskWork, useWork } from "../../api/works";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { WorkProgress } from "../../components/WorkProgress";
import { type ReportFormatName, type ReportKindName, reports as words } from "../../texts/reports";

const OF_A_RULE: ReadonlySet<ReportKindName> = new Set<ReportKindName>(["comparison", "unauthorised", "history"]);
const SINCE: ReadonlySet<ReportKindName> = new Set<ReportKindName>(["history", "runs", "audit"]);
const MINE = ["works", "reports"];

/** Reports: one made now and fetched as a file, those made lately, and those that automations make. */
export function ReportsPage() {
  return (
    <Page title={words.title} lead={words.lead} help="reports">
      <MakeCard />
      <Mine />
      <Again />
    </Page>
  );
}

function MakeCard() {
  const { work } = useSearch({ from: "/shell/reports" });
  const navigate = useNavigate({ from: "/reports" });
  const queries = useQueryClient();
  const rules = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  const [kind, setKind] = useState<ReportKindName>("comparison");
  const [format, setFormat] = useState<ReportFormatName>("html");
  const [chosen, setRule] = useState<string | null>(null);
  const [since, setSince] = useState("30d");
  const rule = chosen ?? rules.data?.[0]?.name ?? "";
  const current = useWork(work).data;
  const asking = useAskWork((begun) => void navigate({ search: { work: begun.id }, replace: true }));
  const done = useCallback(() => void queries.invalidateQueries({ queryKey: MINE }), [queries]);
  const ofRule = OF_A_RULE.has(kind);
  const missing = ofRule && rule === "";
  const go = () =>
    asking.mutate({ kind: "report", report: kind, rule: ofRule ? rule : "", since, format, choice: { situation: [], attribute: [], ou: [], where: "", search: "" } });
  return (
    <Card withBorder component="section" aria-label={words.make}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {words.make}
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
          <Select label={words.kind} allowDeselect={false} data={choices(words.kinds)} value={kind} onChange={(next) => next !== null && setKind(next as ReportKindName)} />
          {ofRule && <Select label={words.rule} allowDeselect={false} data={(rules.data ?? []).map((one) => one.name)} value={rule === "" ? null : rule} onChange={setRule} error={missing && rules.data !== undefined ? words.noRule : undefined} />}
          {SINCE.has(kind) && <TextInput label={words.since} description={words.sinceHint} inputWrapperOrder={["label", "input", "description", "error"]} value={since} onChange={(event) => setSince(event.currentTarget.value)} />}
          <Select label={words.format} allowDeselect={false} data={choices(words.formats)} value={format} onChange={(next) => next !== null && setFormat(next as ReportFormatName)} />
        </SimpleGrid>
        <Group>
          <Button onClick={go} disabled={missing || since === ""} loading={asking.isPending || (current !== undefined && !isOver(current))}>
            {words.go}
          </Button>
          {current?.state === "done" && <Download work={current} />}
        </Group>
        <ProblemNote error={asking.error} />
        {work !== undefined && <WorkProgress id={work} label={words.working} done={done} />}
        {current?.result?.["incomplete"] && (
          <Alert color="orange" title={words.incomplete}>
            {current.result["incomplete"]}
          </Alert>
        )}
      </Stack>
    </Card>
  );
}

function choices(names: Readonly<Record<string, string>>) {
  return Object.entries(names).map(([value, label]) => ({ value, label }));
}

function Download({ work }: { work: Work }) {
  const name = work.result?.["file"] ?? "";
  return (
    <Anchor href={address(`/api/v1/works/${work.id}/file`)} download={name} underline="always" size="sm">
      {words.download}: {name}
    </Anchor>
  );
}

function Mine() {
  const query = useQuery({ queryKey: MINE, queryFn: () => data(api.GET("/api/v1/works", { params: { query: { limit: 100 } } })) });
  return (
    <Stack gap="xs" component="section" aria-label={words.mine}>
      <Title order={2} size="h4">
        {words.mine}
      </Title>
      <Text size="sm" c="dimmed">
        {words.mineText}
      </Text>
      <Loaded query={query}>
        {({ items }) => (
          <RowTable
            label={words.mine}
            rows={items.filter((one) => one.wanted.kind === "report" && one.state === "done")}
            rowKey={(row) => row.id}
            columns={[
              { key: "name", title: words.name, cell: (row) => row.result?.["title"] },
              { key: "made", title: words.made, cell: (row) => <Moment at={row.ended} /> },
              { key: "size", title: words.size, cell: (row) => words.bytes(Number(row.result?.["bytes"] ?? 0)), wide: true },
              { key: "file", title: "", cell: (row) => <Download work={row} /> },
            ]}
            empty={<Empty title={words.none} />}
          />
        )}
      </Loaded>
    </Stack>
  );
}

function Again() {
  const query = useQuery({ queryKey: ["reports"], queryFn: () => data(api.GET("/api/v1/reports")) });
  return (
    <Stack gap="xs" component="section" aria-label={words.again}>
      <Title order={2} size="h4">
        {words.again}
      </Title>
      <Text size="sm" c="dimmed">
        {words.againText}
      </Text>
      <Loaded query={query}>
        {(found) => (
          <RowTable
            label={words.again}
            rows={Object.entries(found)}
            rowKey={([name]) => name}
            columns={[
              { key: "name", title: words.name, cell: ([name]) => <Text size="sm" fw={550}>{name}</Text> },
              { key: "kind", title: words.kind, cell: ([, one]) => words.kinds[one.kind] },
              { key: "rule", title: words.rule, cell: ([, one]) => one.rule ?? "", wide: true },
              { key: "as", title: words.format, cell: ([, one]) => (one.formats ?? []).join(", "), wide: true },
              { key: "where", title: words.where, cell: ([, one]) => [one.folder && words.folder(one.folder), one.mail && words.mail(one.mail)].filter(Boolean).join(", ") },
            ]}
            empty={<Empty title={words.noAgain} />}
          />
        )}
      </Loaded>
    </Stack>
  );
}
