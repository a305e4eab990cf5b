import { SegmentedControl, Select, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { isTree, type Json, tree, type Tree } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";
import { ACTIONS, builder, fields as words } from "../../texts/templates";
import { ChoiceField, type SetField, textAt } from "./BlockFields";
import { Macro, MacroRows } from "./Macro";
import { useField } from "./scope";
import { SetRows } from "./SetRows";

const FRESH: Readonly<Record<string, Json>> = {
  create: { attributes: {} },
  set: {},
  reset_password: {},
  move: { to: "" },
  rename: { cn: "" },
  add_to_groups: [],
  remove_from_groups: { groups: [] },
  expire: "",
  set_manager: { dn: "" },
};

interface ActionFieldsProps {
  block: Tree;
  set: SetField;
  choices: TemplateChoices | undefined;
  /** it is for the accounts of an automation, whose side says the directory */
  inTask?: boolean;
}

/** A change in the directory: which, and what it needs to know. */
export function ActionFields(props: ActionFieldsProps) {
  const { block, set, choices } = props;
  const { error, readOnly } = useField("action");
  const held = block["action"];
  const verb = typeof held === "string" ? held : (Object.keys(tree(held))[0] ?? "");
  const inner = isTree(held) ? held[verb] : undefined;
  const change = (value: Json) => set("action", { [verb]: value });
  return (
    <Stack gap="sm">
      <Select
        label={words.action}
        error={error}
        readOnly={readOnly}
        allowDeselect={false}
        searchable
        data={(choices?.actions ?? Object.keys(ACTIONS)).map((one) => ({ value: one, label: ACTIONS[one] ?? one }))}
        value={verb === "" ? null : verb}
        onChange={(next) => {
          if (next === null) return;
          const fresh = FRESH[next];
          set("action", fresh === undefined ? next : { [next]: fresh });
        }}
      />
      <VerbFields verb={verb} inner={inner} change={change} readOnly={readOnly} />
      {props.inTask !== true && <ChoiceField at="directory" label={words.directory} hint={words.directoryHint} data={choices?.directories ?? []} optional block={block} set={set} />}
    </Stack>
  );
}

interface VerbProps {
  verb: string;
  inner: Json | undefined;
  change: (value: Json) => void;
  readOnly: boolean;
}

function VerbFields(props: VerbProps) {
  const { verb, inner, change, readOnly } = props;
  const macro = (label: string, key: string, hint = builder.macros) => (
    <Macro label={label} hint={hint} readOnly={readOnly} value={textAt(tree(inner), key)} onChange={(text) => change({ ...tree(inner), [key]: text })} />
  );
  switch (verb) {
    case "set":
      return <SetRows rows={tree(inner)} readOnly={readOnly} onChange={change} />;
    case "create":
      return <Creation {...props} />;
    case "move":
      return macro(words.moveTo, "to");
    case "rename":
      return macro(words.cn, "cn");
    case "add_to_groups":
      return <Groups names={textsOf(inner)} readOnly={readOnly} onChange={change} />;
    case "remove_from_groups":
      return <Leaving {...props} />;
    case "expire":
      return <Macro label={words.expire} hint={words.expireHint} readOnly={readOnly} value={typeof inner === "string" ? inner : ""} onChange={change} />;
    case "reset_password":
      return <Switch label={words.mustChange} disabled={readOnly} checked={tree(inner)["must_change"] !== false} onChange={(event) => change(event.currentTarget.checked ? {} : { must_change: false })} />;
    case "set_manager":
      return <Manager {...props} />;
    default:
      return null;
  }
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

function Groups({ names, readOnly, onChange }: { names: string[]; readOnly: boolean; onChange: (names: string[]) => void }) {
  // a distinguished name holds commas: only Enter ends one
  return <TagsInput label={words.groupNames} description={words.groupsHint} readOnly={readOnly} splitChars={[]} value={names} onChange={onChange} />;
}

function Leaving({ inner, change, readOnly }: VerbProps) {
  const held: Tree = Array.isArray(inner) ? { groups: inner } : tree(inner);
  const key = held["all_but"] === undefined ? "groups" : "all_but";
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label={words.leave}
        readOnly={readOnly}
        value={key}
        onChange={(next) => change({ [next]: textsOf(held[key]) })}
        data={[
          { value: "groups", label: words.leaveThese },
          { value: "all_but", label: words.leaveAllBut },
        ]}
      />
      <Groups names={textsOf(held[key])} readOnly={readOnly} onChange={(names) => change({ [key]: names })} />
    </Stack>
  );
}

function Manager({ inner, change, readOnly }: VerbProps) {
  const held = tree(inner);
  const set = (key: string, value: string) => {
    const rest: Tree = key === "dn" ? {} : { by: textAt(held, "by"), value: textAt(held, "value") };
    change({ ...rest, [key]: value });
  };
  return (
    <Stack gap="xs">
      <Macro label={words.manager} hint={builder.macros} readOnly={readOnly} value={textAt(held, "dn")} onChange={(text) => set("dn", text)} />
      <TextInput label={words.managerBy} readOnly={readOnly} value={textAt(held, "by")} onChange={(event) => set("by", event.currentTarget.value)} />
      <Macro label={words.managerValue} readOnly={readOnly} value={textAt(held, "value")} onChange={(text) => set("value", text)} />
    </Stack>
  );
}

function Creation({ inner, change, readOnly }: VerbProps) {
  const held = tree(inner);
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label={words.objects}
        readOnly={readOnly}
        value={textAt(held, "objects") || "users"}
        onChange={(next) => change({ ...held, objects: next })}
        data={[
          { value: "users", label: words.users },
          { value: "groups", label: words.groups },
        ]}
      />
      <MacroRows label={words.attributes} hint={builder.macros} value={tree(held["attributes"])} error={undefined} readOnly={readOnly} onChange={(attributes) => change({ ...held, attributes })} />
    </Stack>
  );
}
