import { Button, SegmentedControl } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useDraft } from "../../api/draft";
import { tree, type Tree } from "../../api/json";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { Loaded } from "../../components/Loaded";
import { Empty, LoadingRows, Page } from "../../components/Page";
import { common } from "../../texts/common";
import { templates as words } from "../../texts/templates";
import { Builder } from "./Builder";
import { EMPTY } from "./edit";
import { blocksOf } from "./graph";
import { choicesQuery, taken, templateQuery } from "./queries";
import { RemovePart } from "../../components/RemovePart";
import { RunDialog } from "./RunDialog";
import { TemplateRunList } from "./TemplateRunList";
import { useHistory } from "./history";
import { VersionList } from "./VersionList";

type Tab = "versions" | "runs" | undefined;

/** One template: its graph, its versions, its runs. */
export function TemplatePage() {
  const { name } = useParams({ from: "/shell/templates/$name" });
  const reads = useMay("read_configuration");
  return reads ? <Editor key={name} name={name} /> : <Shown key={name} name={name} />;
}

/** As whoever runs it sees it, without the configuration around it. */
function Shown({ name }: { name: string }) {
  const query = useQuery(templateQuery(name));
  const { tab } = useSearch({ from: "/shell/templates/$name" });
  return (
    <Frame name={name} template={tree(query.data?.written)} tab={tab} tabs={["runs"]} saved={query.data !== undefined}>
      {tab === "runs" ? <TemplateRunList template={name} /> : <Loaded query={query}>{(found) => <Builder template={tree(found.written)} errors={{}} choices={undefined} />}</Loaded>}
    </Frame>
  );
}

function Editor({ name }: { name: string }) {
  const { tab } = useSearch({ from: "/shell/templates/$name" });
  const navigate = useNavigate({ from: "/templates/$name" });
  const queries = useQueryClient();
  const may = useMay("change_configuration");
  const choices = useQuery(choicesQuery);
  const path = useMemo(() => ["templates", name], [name]);
  const draft = useDraft(path);
  const edit = useEdit(draft.value, draft.set);
  const { loading, saved, set } = draft;
  useEffect(() => {
    if (loading || saved !== undefined) return;
    const begun = taken(queries, name);
    if (begun !== undefined) set(begun);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a draft is taken over once, when what is in force is known
  }, [loading, name]);
  const missing = !loading && draft.value === undefined;
  return (
    <Frame name={name} template={tree(draft.value)} tab={tab} tabs={["versions", "runs"]} saved={saved !== undefined} changed={draft.changed}>
      {loading && <LoadingRows />}
      {tab === "versions" && <VersionList name={name} onTake={may ? (written) => (edit.change(written, ""), void navigate({ search: {} })) : undefined} />}
      {tab === "runs" && <TemplateRunList template={name} />}
      {tab === undefined && missing && (
        <Empty title={words.missing(name)} action={may && <Button onClick={() => draft.set({ subject: choices.data?.subjects[0] ?? "", ...EMPTY })}>{words.begin}</Button>}>
          {words.missingText}
        </Empty>
      )}
      {tab === undefined && draft.value !== undefined && (
        <Builder template={tree(draft.value)} errors={draft.errors} choices={choices.data} edit={may ? edit : undefined} layoutKey={name} />
      )}
      {may && <DraftBar draft={draft} />}
    </Frame>
  );
}

/** Return what changes the template, with undo and redo: its steps are forgotten where it was saved or dropped. */
function useEdit(value: ReturnType<typeof useDraft>["value"], set: (value: Tree) => void) {
  const [history, step] = useHistory<Tree>(tree(value));
  useEffect(() => {
    if (value === undefined || history.now === value) return;
    step({ kind: "begin", value: tree(value) });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only what came from elsewhere begins anew
  }, [value]);
  const before = history.past.at(-1);
  const after = history.future[0];
  return {
    change: (next: Tree, tag: string) => {
      step({ kind: "set", value: next, tag });
      set(next);
    },
    undo: before === undefined ? undefined : () => (step({ kind: "undo" }), set(before)),
    redo: after === undefined ? undefined : () => (step({ kind: "redo" }), set(after)),
  };
}

interface FrameProps {
  name: string;
  template: Tree;
  tab: Tab;
  tabs: readonly ("versions" | "runs")[];
  saved: boolean;
  changed?: boolean;
  children: React.ReactNode;
}

function Frame({ name, template, tab, tabs, saved, changed = false, children }: FrameProps) {
  const navigate = useNavigate({ from: "/templates/$name" });
  const [running, setRunning] = useState(false);
  const mayRun = useMay("run_templates");
  const mayChange = useMay("change_configuration");
  const description = typeof template["description"] === "string" ? template["description"] : "";
  const subject = typeof template["subject"] === "string" ? template["subject"] : "";
  const actions = saved && (
    <>
      {mayChange && <RemovePart path={["templates", name]} label={words.remove} title={words.remove} text={words.removeText(name)} go={common.remove} onDone={() => navigate({ to: "/templates", search: {} })} />}
      {mayRun && (
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} disabled={changed} onClick={() => setRunning(true)}>
          {words.run}
        </Button>
      )}
    </>
  );
  return (
    <Page title={name} lead={[description, subject === "" ? "" : `${words.for} ${subject}`, `${Object.keys(blocksOf(template)).length} ${words.blocks.toLowerCase()}`].filter(Boolean).join(" · ")} help="orchestration" actions={actions}>
      <SegmentedControl
        w="fit-content"
        value={tab ?? "draw"}
        onChange={(next) => void navigate({ search: next === "versions" || next === "runs" ? { tab: next } : {} })}
        data={[{ value: "draw", label: words.tabs.draw }, ...tabs.map((one) => ({ value: one, label: words.tabs[one] }))]}
      />
      {children}
      {running && <RunDialog template={name} subject={subject} close={() => setRunning(false)} />}
    </Page>
  );
}
