import { Alert, Anchor, Paper, Progress, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, data } from "../../api/client";
import { tree } from "../../api/json";
import type { BlockStep, SubjectRun, TemplateRun } from "../../api/schema";
import { Facts, Standing, Standings } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { duration, Moment } from "../../components/Moment";
import { Page } from "../../components/Page";
import { TemplateRunStanding } from "../../components/RunStanding";
import { runs as words, start, SUBJECT_STATES } from "../../texts/templates";
import { byHand, marksOf, overOf, totalOf, wayOf } from "./counts";
import { GraphView } from "./GraphView";
import { arrowsOf, startOf } from "./graph";
import { runQuery } from "./queries";
import { RunActions } from "./RunActions";
import { SubjectDrawer } from "./SubjectDrawer";
import { LOOKS, SubjectTable } from "./SubjectTable";

/** A run as it goes: how many stand how, how far they got in the graph, and each of them with what was done. */
export function TemplateRunPage() {
  const { run } = useParams({ from: "/shell/template-runs/$run" });
  const query = useQuery(runQuery(run));
  return <Loaded query={query}>{(found) => <Run run={found} />}</Loaded>;
}

function Run({ run }: { run: TemplateRun }) {
  const { subject } = useSearch({ from: "/shell/template-runs/$run" });
  const navigate = useNavigate({ from: "/template-runs/$run" });
  const queries = useQueryClient();
  const leftOut = queries.getQueryData<readonly string[]>(["left-out", run.id]) ?? [];
  const hand = byHand(run);
  // the way of whoever was looked at last stays drawn
  const [way, setWay] = useState(subject);
  const open = (position: number | undefined) => {
    if (position !== undefined) setWay(String(position));
    void navigate({ search: (now) => ({ ...now, subject: position === undefined ? undefined : String(position) }), replace: true });
  };
  const title = hand ? `${words.byHand} · ${run.id}` : words.title(run.template, run.id);
  return (
    <Page title={title} lead={<Lead run={run} hand={hand} />} help="orchestration" actions={<RunActions run={run} />}>
      {leftOut.length > 0 && <Alert color="orange">{start.leftOut(leftOut.join(", "))}</Alert>}
      {run.note !== "" && <Alert color="yellow">{run.note}</Alert>}
      <RunFacts run={run} />
      {!hand && <Graph run={run} position={way} />}
      <SubjectTable run={run} onOpen={open} />
      <SubjectDrawer run={run} position={subject} close={() => open(undefined)} />
    </Page>
  );
}

function Lead({ run, hand }: { run: TemplateRun; hand: boolean }) {
  return (
    <>
      {words.by} {run.operator} · <Moment at={run.started} />
      {!hand && (
        <>
          {" · "}
          <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/templates/$name" params={{ name: run.template }} search={{}} {...props} />}>
            {words.template} {run.template}
          </Anchor>
        </>
      )}
    </>
  );
}

function RunFacts({ run }: { run: TemplateRun }) {
  const [over, total] = [overOf(run.counts), totalOf(run.counts)];
  const counts = SUBJECT_KEYS.flatMap((state) => ((run.counts?.[state] ?? 0) > 0 ? [[state, run.counts?.[state] ?? 0] as const] : []));
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          { label: words.state, value: <TemplateRunStanding run={run} /> },
          {
            label: words.subjects,
            value: (
              <Standings>
                {counts.map(([state, count]) => (
                  <Standing key={state} kind={LOOKS[state]}>
                    {SUBJECT_STATES[state]} {count}
                  </Standing>
                ))}
              </Standings>
            ),
          },
          { label: words.took, value: run.ended == null ? "…" : duration((Date.parse(run.ended) - Date.parse(run.started)) / 1000) },
        ]}
      />
      <Progress value={total === 0 ? 0 : (100 * over) / total} aria-label={words.progress(over, total)} />
    </Stack>
  );
}

const SUBJECT_KEYS = Object.keys(SUBJECT_STATES) as (keyof typeof SUBJECT_STATES)[];

/** The template that the run began with, and how far everybody got; the way of one, if one is looked at. */
function Graph({ run, position }: { run: TemplateRun; position: string | undefined }) {
  const query = useQuery({
    queryKey: ["template-runs", run.id, "graph"],
    queryFn: () => data(api.GET("/api/v1/template-runs/{run}/graph", { params: { path: { run: run.id } } })),
    refetchInterval: run.state === "running" ? 3000 : false,
  });
  const who = useQuery({ ...subjectQuery(run.id, position ?? ""), enabled: position !== undefined });
  const [selected, setSelected] = useState("");
  const template = useMemo(() => tree(query.data?.written), [query.data?.written]);
  const taken = useMemo(() => (position === undefined || who.data === undefined ? undefined : wayOf(arrowsOf(template), who.data.steps, who.data.subject)), [template, who.data, position]);
  return (
    <Loaded query={query}>
      {(found) => (
        <Paper>
          <Text fw={600} size="sm" mb={6}>
            {words.graph}
            {taken !== undefined && who.data !== undefined && (
              <Text span size="sm" c="dimmed" fw={400}>
                {" "}
                · {words.shown(who.data.subject.name)}
              </Text>
            )}
          </Text>
          <GraphView template={template} selected={selected || startOf(template)} onSelect={setSelected} onOpen={setSelected} marks={marksOf(found.stand, found.done)} taken={taken} zoom="fit" />
        </Paper>
      )}
    </Loaded>
  );
}

/** Return what reads one subject of a run, with what was done for it. */
export function subjectQuery(run: string, position: string) {
  return {
    queryKey: ["template-runs", run, "subject", position],
    queryFn: async (): Promise<{ subject: SubjectRun; steps: readonly BlockStep[] }> => {
      const path = { run, position: Number(position) };
      const [page, steps] = await Promise.all([
        data(api.GET("/api/v1/template-runs/{run}/subjects", { params: { path: { run }, query: { after: path.position - 1, limit: 1 } } })),
        data(api.GET("/api/v1/template-runs/{run}/subjects/{position}/steps", { params: { path } })),
      ]);
      const [subject] = page.items;
      if (subject === undefined) throw new Error("no such subject");
      return { subject, steps };
    },
  };
}
