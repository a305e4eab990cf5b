import { Group, Select, Stack, Tabs, TextInput } from "@mantine/core";
import { type Json, tree, type Tree, withAt } from "../../api/json";
import { BodyEditor, MacroRows } from "../../components/BodyEditor";
import { converted } from "../../components/body";
import { MacroText } from "../../components/MacroText/MacroText";
import type { Standing } from "../../components/MacroText/macros";
import { PartTab } from "../../components/PartTab";
import { errorOf, type SpecField, SpecFields } from "../../components/SpecFields";
import { outbound as words } from "../../texts/outbound";

interface WebhookFormProps {
  spec: Tree;
  onChange: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  /** whose attributes its texts read */
  directory: string;
  /** for whom the address is shown as it would be */
  who: string | undefined;
  /** the other webhooks of the application */
  others: readonly string[];
}

type Put = (path: string[], value: Json | undefined) => void;
type PartProps = WebhookFormProps & { put: Put; standing: Standing };

const METHODS = ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"];

/** One call for one user or group, in the order in which a person thinks of it. */
export function WebhookForm(props: WebhookFormProps) {
  const { spec, onChange, errors, readOnly, directory } = props;
  const put: Put = (path, value) => onChange(withAt(spec, path, value));
  const text = (key: string) => (typeof spec[key] === "string" ? spec[key] : "");
  const standing: Standing = { place: "webhook", connection: directory };
  return (
    <Stack gap="md">
      <TextInput label={words.description} value={text("description")} onChange={(event) => put(["description"], event.currentTarget.value || undefined)} error={errorOf(errors, "description")} readOnly={readOnly} />
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <Select label={words.method} data={METHODS} value={text("method") || "GET"} onChange={(next) => next !== null && put(["method"], next)} allowDeselect={false} readOnly={readOnly} w={116} style={{ flex: "none" }} />
        <MacroText {...standing} part="url" label={words.url} value={text("url")} onChange={(next) => put(["url"], next)} error={errorOf(errors, "url")} readOnly={readOnly} required who={props.who} />
      </Group>
      <Parts {...props} put={put} standing={standing} />
    </Stack>
  );
}

function Parts(props: PartProps) {
  const { spec, errors } = props;
  const wrong = (...names: string[]) => names.some((one) => errorOf(errors, one) !== undefined);
  const count = (key: string) => Object.keys(tree(spec[key])).length;
  return (
    <Tabs defaultValue="message" keepMounted={false}>
      <Tabs.List aria-label={words.parts}>
        <PartTab value="message" label={words.tabs.message} count={spec["body"] === undefined ? 0 : 1} wrong={wrong("body", "body_type")} />
        <PartTab value="params" label={words.tabs.params} count={count("params")} wrong={wrong("params")} />
        <PartTab value="headers" label={words.tabs.headers} count={count("headers")} wrong={wrong("headers")} />
        <PartTab value="success" label={words.tabs.success} wrong={wrong("success", "extract", "items")} />
        <PartTab value="after" label={words.tabs.after} wrong={wrong("look_up", "exists", "repeat", "then")} />
        <PartTab value="more" label={words.tabs.more} wrong={wrong("authorization", "timeout", "format", "limit", "rate")} />
      </Tabs.List>
      <Tabs.Panel value="message" pt="md">
        <Message {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="params" pt="md">
        <Rows {...props} name="params" />
      </Tabs.Panel>
      <Tabs.Panel value="headers" pt="md">
        <Rows {...props} name="headers" />
      </Tabs.Panel>
      <Tabs.Panel value="success" pt="md">
        <SpecFields fields={SUCCESS} value={spec} onChange={props.onChange} errors={errors} readOnly={props.readOnly} />
      </Tabs.Panel>
      <Tabs.Panel value="after" pt="md">
        <Doubt {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="more" pt="md">
        <SpecFields fields={MORE} value={spec} onChange={props.onChange} errors={errors} readOnly={props.readOnly} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Message({ spec, errors, put, onChange, readOnly, standing }: PartProps) {
  const kind = typeof spec["body_type"] === "string" ? spec["body_type"] : spec["body"] === undefined ? "none" : "json";
  const change = (next: string) => {
    const body = converted(spec["body"], next);
    onChange(withAt(withAt(spec, ["body"], body), ["body_type"], next === "json" || next === "none" ? undefined : next));
  };
  return (
    <BodyEditor label={words.body} kindLabel={words.bodyType} kind={kind} body={spec["body"]} onKind={change} onBody={(next) => put(["body"], next)} errors={below(errors, "body")} kindError={errorOf(errors, "body_type")} standing={{ ...standing, part: "body" }} readOnly={readOnly} />
  );
}

function Rows({ spec, errors, put, readOnly, standing, name }: PartProps & { name: "params" | "headers" }) {
  return (
    <MacroRows
      label={words.tabs[name]}
      value={tree(spec[name])}
      onChange={(next) => put([name], Object.keys(next).length === 0 ? undefined : next)}
      errors={below(errors, name)}
      hint={name === "params" ? words.paramsHint : words.headersHint}
      standing={{ ...standing, part: name === "params" ? "param" : "header" }}
      readOnly={readOnly}
    />
  );
}

/** What is done where it is not known whether it was done, and what follows it. */
function Doubt({ spec, errors, put, readOnly, others }: PartProps) {
  const names = [{ value: "", label: words.none }, ...others.map((value) => ({ value, label: value }))];
  const webhook = (key: "look_up" | "then", label: string, hint: string) => (
    <Select label={label} description={hint} data={names} value={typeof spec[key] === "string" ? spec[key] : ""} onChange={(next) => put([key], next || undefined)} error={errorOf(errors, key)} allowDeselect={false} searchable readOnly={readOnly} />
  );
  const repeat = spec["repeat"] === true ? "yes" : spec["repeat"] === false ? "no" : "auto";
  return (
    <Stack gap="md" maw={560}>
      <Select label={words.repeat} description={words.repeatHint} data={[...words.repeats]} value={repeat} onChange={(next) => put(["repeat"], next === "auto" ? undefined : next === "yes")} error={errorOf(errors, "repeat")} allowDeselect={false} readOnly={readOnly} />
      {webhook("look_up", words.lookUp, words.lookUpHint)}
      <Select label={words.exists} data={[...words.existsChoices]} value={spec["exists"] === "adopt" ? "adopt" : "report"} onChange={(next) => put(["exists"], next === "adopt" ? next : undefined)} error={errorOf(errors, "exists")} allowDeselect={false} readOnly={readOnly} />
      {webhook("then", words.behind, words.behindHint)}
    </Stack>
  );
}

/** Return the mistakes below *part*, each by the field below it. */
function below(errors: Readonly<Record<string, string>>, part: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).flatMap(([field, text]) => (field === part ? [["", text]] : field.startsWith(`${part}.`) ? [[field.slice(part.length + 1), text]] : [])),
  );
}

const SUCCESS: readonly SpecField[] = [
  { path: "success.status", label: words.status, kind: "list", hint: words.statusHint, fallback: "2xx" },
  { path: "success.when", label: words.when, kind: "text", hint: words.whenHint, mono: true },
  { path: "success.absent", label: words.absent, kind: "switch", wide: true },
  { path: "extract", label: words.extract, kind: "rows", hint: words.extractHint },
  { path: "items.lists", label: `${words.items}: ${words.itemLists.toLowerCase()}`, kind: "list", hint: words.itemsHint, more: true, wide: true },
  { path: "items.by", label: words.itemBy, kind: "text", hint: words.itemByHint, mono: true, more: true },
  { path: "items.status", label: words.itemStatus, kind: "text", fallback: "status", mono: true, more: true },
  { path: "items.good", label: words.itemGood, kind: "list", more: true },
  { path: "items.code", label: words.itemCode, kind: "text", mono: true, more: true },
  { path: "items.text", label: words.itemText, kind: "list", more: true },
];

const MORE: readonly SpecField[] = [
  { path: "authorization", label: words.authorization, kind: "text", hint: words.authorizationHint, mono: true },
  { path: "format", label: words.format, kind: "choice", choices: words.formats, fallback: "auto" },
  { path: "timeout", label: words.timeout, kind: "number", fallback: 30 },
  { path: "limit", label: words.limit, kind: "text", mono: true },
  { path: "rate.calls", label: words.rateCalls, kind: "number" },
  { path: "rate.seconds", label: words.rateSeconds, kind: "number", fallback: 1 },
];
