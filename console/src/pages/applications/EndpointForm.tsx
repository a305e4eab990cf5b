import { Group, MultiSelect, Select, Stack, Switch, Tabs, TextInput } from "@mantine/core";
import { tree, type Json, type Tree, withAt } from "../../api/json";
import { BodyEditor, MacroRows } from "../../components/BodyEditor";
import { converted } from "../../components/body";
import { MacroText } from "../../components/MacroText/MacroText";
import type { Standing } from "../../components/MacroText/macros";
import { PartTab } from "../../components/PartTab";
import { errorOf, type SpecField, SpecFields } from "../../components/SpecFields";
import { endpointTexts as words } from "../../texts/endpoints";
import { inStyle, PAGING } from "./paging";
import type { Callers } from "./useCallers";
import { within } from "./within";

interface EndpointFormProps {
  /** whose call it is; the records that it is called for give it their columns */
  connection: string;
  endpoint: string;
  spec: Tree;
  onChange: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  /** for the records of which objects it is called; nothing: of those that say so, which is not edited here */
  callers?: Callers;
}

/** Where the texts of a call stand: what they name depends on whom it is called for. */
function standingOf({ connection, endpoint, callers }: EndpointFormProps): Standing {
  if (callers?.changed !== true) return { place: "endpoint", connection, endpoint };
  // what somebody chose here is not in force yet: it says alone whose columns there are
  return { place: "endpoint", connection, endpoint: callers.chosen.length === 0 ? "" : endpoint, eachOf: callers.chosen };
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/** One call, in the order in which a person thinks of it. */
export function EndpointForm(props: EndpointFormProps) {
  const { spec, onChange, errors, readOnly } = props;
  const put = (path: string[], value: Json | undefined) => onChange(withAt(spec, path, value));
  const text = (key: string) => (typeof spec[key] === "string" ? spec[key] : "");
  return (
    <Stack gap="md">
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <Select label={words.method} data={METHODS} value={text("method") || "GET"} onChange={(next) => put(["method"], next === "GET" ? undefined : (next ?? undefined))} allowDeselect={false} readOnly={readOnly} w={116} style={{ flex: "none" }} />
        <MacroText {...standingOf(props)} part="url" label={words.url} value={text("url")} onChange={(next) => put(["url"], next)} error={errorOf(errors, "url")} readOnly={readOnly} required />
      </Group>
      <TextInput label={words.description} value={text("description")} onChange={(event) => put(["description"], event.currentTarget.value || undefined)} error={errorOf(errors, "description")} readOnly={readOnly} />
      {props.callers !== undefined && props.callers.known.length > 0 && (
        <MultiSelect label={words.callers} description={words.callersHint} data={[...props.callers.known]} value={[...props.callers.chosen]} onChange={props.callers.choose} searchable readOnly={readOnly} />
      )}
      <Parts {...props} put={put} />
    </Stack>
  );
}

type PartProps = EndpointFormProps & { put: (path: string[], value: Json | undefined) => void };

function Parts(props: PartProps) {
  const { spec, errors, put, readOnly } = props;
  const rows = (key: "params" | "headers") => (
    <MacroRows label={words.tabs[key]} value={tree(spec[key])} onChange={(next) => put([key], Object.keys(next).length === 0 ? undefined : next)} errors={within(errors, key)} hint={words.macroHint} standing={{ ...standingOf(props), part: key === "params" ? "param" : "header" }} readOnly={readOnly} />
  );
  return (
    <Tabs defaultValue="params" keepMounted={false}>
      <Tabs.List aria-label={words.parts}>
        <PartTab value="params" label={words.tabs.params} count={Object.keys(tree(spec["params"])).length} wrong={errorOf(errors, "params") !== undefined} />
        <PartTab value="headers" label={words.tabs.headers} count={Object.keys(tree(spec["headers"])).length} wrong={errorOf(errors, "headers") !== undefined} />
        <PartTab value="body" label={words.tabs.body} count={spec["body"] === undefined ? 0 : 1} wrong={errorOf(errors, "body") !== undefined || errorOf(errors, "body_type") !== undefined} />
        <PartTab value="paging" label={words.tabs.paging} wrong={errorOf(errors, "paging") !== undefined} />
        <PartTab value="answer" label={words.tabs.answer} wrong={errorOf(errors, "records") !== undefined || errorOf(errors, "format") !== undefined} />
        <PartTab value="limits" label={words.tabs.limits} wrong={["timeout", "limit", "rate"].some((one) => errorOf(errors, one) !== undefined)} />
      </Tabs.List>
      <Tabs.Panel value="params" pt="md">
        {rows("params")}
      </Tabs.Panel>
      <Tabs.Panel value="headers" pt="md">
        {rows("headers")}
      </Tabs.Panel>
      <Tabs.Panel value="body" pt="md">
        <BodyPart {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="paging" pt="md">
        <PagingPart {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="answer" pt="md">
        <Stack gap="sm">
          <SpecFields fields={ANSWER} value={spec} onChange={props.onChange} errors={errors} readOnly={readOnly} />
          {!["GET", "HEAD", undefined].includes(spec["method"] as string | undefined) && (
            <Switch label={words.reads} checked={spec["reads"] === true} disabled={readOnly} onChange={(event) => put(["reads"], event.currentTarget.checked || undefined)} />
          )}
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="limits" pt="md">
        <SpecFields fields={LIMITS} value={spec} onChange={props.onChange} errors={errors} readOnly={readOnly} />
      </Tabs.Panel>
    </Tabs>
  );
}

const ANSWER: readonly SpecField[] = [
  { path: "records", label: words.records, kind: "text", hint: words.recordsHint, mono: true, wide: true },
  { path: "format", label: words.format, kind: "choice", choices: words.formats, fallback: "auto" },
];
const LIMITS: readonly SpecField[] = [
  { path: "timeout", label: words.timeout, kind: "number", fallback: 30 },
  { path: "limit", label: words.limit, kind: "text", mono: true },
  { path: "rate.calls", label: words.rateCalls, kind: "number" },
  { path: "rate.seconds", label: words.rateSeconds, kind: "number", fallback: 1 },
];

function PagingPart({ spec, errors, put, readOnly }: PartProps) {
  const paging = tree(spec["paging"]);
  const style = typeof paging["style"] === "string" ? paging["style"] : "none";
  return (
    <Stack gap="md">
      <Select label={words.pagingStyle} data={Object.entries(PAGING).map(([value, { label }]) => ({ value, label }))} value={style} onChange={(next) => next !== null && put(["paging"], next === "none" ? undefined : inStyle(paging, next))} allowDeselect={false} readOnly={readOnly} maw={360} />
      <SpecFields key={style} fields={PAGING[style]?.fields ?? []} value={paging} onChange={(next) => put(["paging"], Object.keys(next).length === 0 ? undefined : { style, ...next })} errors={within(errors, "paging")} readOnly={readOnly} />
    </Stack>
  );
}

function BodyPart(props: PartProps) {
  const { spec, onChange, errors, put, readOnly } = props;
  const kind = typeof spec["body_type"] === "string" ? spec["body_type"] : "json";
  const change = (next: string) => onChange(withAt(withAt(spec, ["body"], spec["body"] === undefined ? undefined : converted(spec["body"], next)), ["body_type"], next === "json" ? undefined : next));
  return <BodyEditor kind={kind} body={spec["body"]} onKind={change} onBody={(next) => put(["body"], next)} errors={within(errors, "body")} kindError={errorOf(errors, "body_type")} standing={{ ...standingOf(props), part: "body" }} readOnly={readOnly} />;
}
