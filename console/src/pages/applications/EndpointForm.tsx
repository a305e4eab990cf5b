import { Badge, Group, JsonInput, Select, Stack, Switch, Tabs, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { isTree, same, tree, type Json, type Tree, withAt } from "../../api/json";
import { KeyValueRows } from "../../components/KeyValueRows";
import { errorOf, type SpecField, SpecFields } from "../../components/SpecFields";
import { endpointTexts as words } from "../../texts/endpoints";
import { inStyle, PAGING } from "./paging";
import { within } from "./within";

interface EndpointFormProps {
  spec: Tree;
  onChange: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
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
        <TextInput label={words.url} description={words.urlHint} inputWrapperOrder={["label", "input", "description", "error"]} value={text("url")} onChange={(event) => put(["url"], event.currentTarget.value)} error={errorOf(errors, "url")} readOnly={readOnly} withAsterisk flex={1} miw={0} classNames={{ input: "mono" }} />
      </Group>
      <TextInput label={words.description} value={text("description")} onChange={(event) => put(["description"], event.currentTarget.value || undefined)} error={errorOf(errors, "description")} readOnly={readOnly} />
      <Parts {...props} put={put} />
    </Stack>
  );
}

type PartProps = EndpointFormProps & { put: (path: string[], value: Json | undefined) => void };

function Parts(props: PartProps) {
  const { spec, errors, put, readOnly } = props;
  const rows = (key: "params" | "headers") => (
    <KeyValueRows label={words.tabs[key]} value={tree(spec[key])} onChange={(next) => put([key], Object.keys(next).length === 0 ? undefined : next)} errors={within(errors, key)} readOnly={readOnly} hint={words.macroHint} />
  );
  return (
    <Tabs defaultValue="params" keepMounted={false}>
      <Tabs.List aria-label={words.parts}>
        <PartTab value="params" count={Object.keys(tree(spec["params"])).length} wrong={errorOf(errors, "params") !== undefined} />
        <PartTab value="headers" count={Object.keys(tree(spec["headers"])).length} wrong={errorOf(errors, "headers") !== undefined} />
        <PartTab value="body" count={spec["body"] === undefined ? 0 : 1} wrong={errorOf(errors, "body") !== undefined || errorOf(errors, "body_type") !== undefined} />
        <PartTab value="paging" wrong={errorOf(errors, "paging") !== undefined} />
        <PartTab value="answer" wrong={errorOf(errors, "records") !== undefined || errorOf(errors, "format") !== undefined} />
        <PartTab value="limits" wrong={["timeout", "limit", "rate"].some((one) => errorOf(errors, one) !== undefined)} />
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

function PartTab({ value, count = 0, wrong }: { value: keyof typeof words.tabs; count?: number; wrong: boolean }) {
  return (
    <Tabs.Tab value={value} px={10} rightSection={wrong ? <Badge size="xs" color="red" circle aria-label="!">!</Badge> : count > 0 ? <Badge size="xs" variant="light" color="gray" circle>{count}</Badge> : null}>
      {words.tabs[value]}
    </Tabs.Tab>
  );
}

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

function BodyPart({ spec, errors, put, readOnly }: PartProps) {
  const kind = typeof spec["body_type"] === "string" ? spec["body_type"] : "json";
  const body = spec["body"];
  const shared = { label: words.body, readOnly, autosize: true, minRows: 6, maxRows: 24, classNames: { input: "mono" }, error: errorOf(errors, "body") } as const;
  return (
    <Stack gap="sm">
      <Select label={words.bodyType} data={[...words.bodyTypes]} value={kind} onChange={(next) => put(["body_type"], next === "json" || next === null ? undefined : next)} error={errorOf(errors, "body_type")} allowDeselect={false} readOnly={readOnly} maw={240} />
      {kind === "json" && <JsonBody value={body} onChange={(next) => put(["body"], next)} {...shared} />}
      {(kind === "xml" || kind === "text") && <Textarea {...shared} value={typeof body === "string" ? body : ""} onChange={(event) => put(["body"], event.currentTarget.value || undefined)} />}
      {(kind === "form" || kind === "multipart") && <KeyValueRows label={words.body} value={isTree(body) ? body : {}} onChange={(next) => put(["body"], next)} errors={within(errors, "body")} readOnly={readOnly} hint={words.macroHint} />}
      {kind !== "none" && <Text size="xs" c="dimmed">{words.macroHint}</Text>}
    </Stack>
  );
}

interface JsonBodyProps {
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  label: string;
  readOnly: boolean;
  autosize: true;
  minRows: number;
  maxRows: number;
  classNames: { input: string };
  error: string | undefined;
}

/** A body as JSON text: what is no JSON yet stays in the field, and in the field alone. */
function JsonBody({ value, onChange, ...shared }: JsonBodyProps) {
  const written = value === undefined ? "" : JSON.stringify(value, null, 2);
  const [text, setText] = useState(written);
  const parsed = parse(text);
  const shown = parsed === WRONG || same(parsed, value) ? text : written;
  const change = (next: string) => {
    setText(next);
    const found = parse(next);
    if (found !== WRONG) onChange(found);
  };
  return <JsonInput {...shared} value={shown} onChange={change} error={parsed === WRONG ? words.jsonWrong : shared.error} />;
}

const WRONG = Symbol("no JSON");

function parse(text: string): Json | undefined | typeof WRONG {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return WRONG;
  }
}
