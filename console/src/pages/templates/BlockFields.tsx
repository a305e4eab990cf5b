import { NumberInput, SegmentedControl, Select, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { isTree, type Json, tree, type Tree } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";
import { builder, fields as words } from "../../texts/templates";
import { ActionFields } from "./ActionFields";
import { withField } from "./edit";
import { kindOf } from "./graph";
import { Macro, MacroRows } from "./Macro";
import { useField } from "./scope";

export type SetField = (key: string, value: Json | undefined) => void;

interface BlockFieldsProps {
  block: Tree;
  set: SetField;
  choices: TemplateChoices | undefined;
  /** it is a task of an automation, which says less than a block of a template */
  inTask?: boolean;
}

/** The fields that only blocks of one kind have. */
export function BlockFields(props: BlockFieldsProps) {
  switch (kindOf(props.block)) {
    case "webhook":
      return <WebhookFields {...props} />;
    case "action":
      return <ActionFields {...props} />;
    case "if":
      return <MacroField at="if" label={words.condition} {...props} />;
    case "delay":
      return <DelayFields {...props} />;
    case "wait_until":
      return <WaitFields {...props} />;
    case "approval":
      return <ApprovalFields {...props} />;
    case "notify":
      return <NotifyFields {...props} />;
    case "template":
      return <ChoiceField at="template" label={words.template} data={props.choices?.templates ?? []} {...props} />;
    case "end":
      return <EndField {...props} />;
    case null:
      return null;
  }
}

interface PlainProps {
  at: string;
  label: string;
  hint?: string;
  block: Tree;
  set: SetField;
}

export function textAt(block: Tree, key: string): string {
  const held = block[key];
  return typeof held === "string" || typeof held === "number" ? String(held) : "";
}

export function PlainField({ at, label, hint, block, set }: PlainProps) {
  const shared = useField(at);
  return <TextInput label={label} description={hint} {...shared} value={textAt(block, at)} onChange={(event) => set(at, event.currentTarget.value || undefined)} />;
}

/** A text that macros can stand in. *needed*: an empty one stays there, to be said to be wrong. */
export function MacroField({ at, label, hint, block, set, needed = true }: PlainProps & { needed?: boolean }) {
  const shared = useField(at);
  return (
    <Macro label={label} hint={hint ?? builder.macros} multiline {...shared} value={textAt(block, at)} onChange={(text) => set(at, text || (needed ? "" : undefined))} />
  );
}

export function ChoiceField({ at, label, hint, data, block, set, optional = false }: PlainProps & { data: readonly string[]; optional?: boolean }) {
  const shared = useField(at);
  const held = textAt(block, at);
  const known = held === "" || data.includes(held) ? data : [...data, held];
  return (
    <Select
      label={label}
      description={hint}
      data={known}
      searchable
      clearable={optional && !shared.readOnly}
      allowDeselect={optional}
      {...shared}
      value={held === "" ? null : held}
      onChange={(next) => set(at, next ?? (optional ? undefined : ""))}
    />
  );
}

function WebhookFields(props: BlockFieldsProps) {
  const { block, set, choices } = props;
  const { error, readOnly } = useField("with");
  const exists = useField("exists");
  return (
    <>
      <ChoiceField at="webhook" label={words.webhook} data={choices?.webhooks.map((one) => one.name) ?? []} {...props} />
      <MacroRows label={words.values} hint={words.valuesHint} value={tree(block["with"])} error={error} readOnly={readOnly} onChange={(rows) => set("with", Object.keys(rows).length === 0 ? undefined : rows)} />
      {props.inTask !== true && (
        <Select
          label={words.exists}
          {...exists}
          allowDeselect={false}
          data={Object.entries(words.existsOptions).map(([value, label]) => ({ value, label }))}
          value={textAt(block, "exists") || "default"}
          onChange={(next) => set("exists", next === null || next === "default" ? undefined : next)}
        />
      )}
    </>
  );
}

function DelayFields({ block, set }: BlockFieldsProps) {
  const { error, readOnly } = useField("delay");
  const held = block["delay"];
  const moment = isTree(held);
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label={words.delayKind}
        readOnly={readOnly}
        value={moment ? "until" : "time"}
        onChange={(next) => set("delay", next === "until" ? { until: "" } : "1h")}
        data={[
          { value: "time", label: words.forTime },
          { value: "until", label: words.untilMoment },
        ]}
      />
      {moment ? (
        <Macro label={words.until} hint={builder.macros} readOnly={readOnly} error={error} value={textAt(held, "until")} onChange={(until) => set("delay", { until })} />
      ) : (
        <TextInput label={words.delay} description={words.delayHint} readOnly={readOnly} error={error} value={textAt(block, "delay")} onChange={(event) => set("delay", event.currentTarget.value)} />
      )}
    </Stack>
  );
}

function WaitFields(props: BlockFieldsProps) {
  return (
    <>
      <MacroField at="wait_until" label={words.condition} {...props} />
      <PlainField at="every" label={words.every} hint="5m" {...props} />
      <PlainField at="deadline" label={words.deadline} hint="30d" {...props} />
      <ChoiceField at="poll" label={words.poll} data={props.choices?.webhooks.map((one) => one.name) ?? []} optional {...props} />
    </>
  );
}

function ApprovalFields(props: BlockFieldsProps) {
  const { block, set } = props;
  const { error, readOnly } = useField("approval");
  const held = tree(block["approval"]);
  const by = Array.isArray(held["by"]) ? held["by"].filter((one): one is string => typeof one === "string") : [];
  const change = (key: string, value: Json | undefined) => set("approval", withField(held, key, value));
  return (
    <>
      <TagsInput label={words.by} description={words.byHint} readOnly={readOnly} value={by} error={error} onChange={(next) => change("by", next.length === 0 ? undefined : next)} />
      <NumberInput label={words.need} readOnly={readOnly} min={1} allowDecimal={false} value={typeof held["need"] === "number" ? held["need"] : 1} onChange={(next) => change("need", typeof next === "number" && next !== 1 ? next : undefined)} />
      <Switch label={words.notRequester} disabled={readOnly} checked={held["not_requester"] === true} onChange={(event) => change("not_requester", event.currentTarget.checked ? true : undefined)} />
      <Macro label={words.text} hint={builder.macros} multiline readOnly={readOnly} value={textAt(held, "text")} onChange={(text) => change("text", text || undefined)} />
      {props.inTask !== true && <PlainField at="deadline" label={words.deadline} hint="30d" {...props} />}
    </>
  );
}

function NotifyFields(props: BlockFieldsProps) {
  return (
    <>
      <ChoiceField at="notify" label={words.notify} data={props.choices?.channels ?? []} {...props} />
      <MacroField at="subject" label={words.subject} needed={false} {...props} />
      <MacroField at="text" label={words.text} needed={false} {...props} />
    </>
  );
}

function EndField({ block, set }: BlockFieldsProps) {
  const { error, readOnly } = useField("end");
  return (
    <Select
      label={words.end}
      error={error}
      readOnly={readOnly}
      allowDeselect={false}
      data={Object.entries(words.endOptions).map(([value, label]) => ({ value, label }))}
      value={textAt(block, "end")}
      onChange={(next) => set("end", next ?? "success")}
    />
  );
}
