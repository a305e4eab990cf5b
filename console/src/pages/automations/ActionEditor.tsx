import { Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { documentQuery } from "../../api/draft";
import { at, tree, withKey } from "../../api/json";
import { GuardFields } from "../../components/GuardFields";
import { automations as words } from "../../texts/automations";
import { AccountAction } from "./AccountAction";
import { Matched } from "./Matched";
import { Subjects } from "./Subjects";
import { TaskList } from "./TaskList";
import { asWhat, type PartProps, type What, WHATS, whatOf } from "./trigger";

type Key = "rule" | "template" | "mapping" | "report";
const PARTS: Readonly<Record<Key, string>> = { rule: "rules", template: "templates", mapping: "mappings", report: "reports" };

/** What it starts: a rule, a template, a task of a mapping, a directory action, tasks in order, or a report. */
export function ActionEditor({ value, set, errors }: PartProps) {
  const what = whatOf(value);
  return (
    <Stack gap="sm">
      <Select
        label={words.what}
        allowDeselect={false}
        data={WHATS.map((one) => ({ value: one, label: words.whats[one] }))}
        value={what}
        onChange={(next) => next !== null && set(asWhat(value, next as What))}
        error={errors[""]}
        maw={320}
      />
      <Started what={what} value={value} set={set} errors={errors} />
    </Stack>
  );
}

function Started({ what, ...part }: PartProps & { what: What }) {
  switch (what) {
    case "rule":
      return <RulePart {...part} />;
    case "template":
      return <TemplatePart {...part} />;
    case "mapping":
      return <MappingPart {...part} />;
    case "report":
      return (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Named what="report" {...part} />
        </SimpleGrid>
      );
    case "action":
      return <AccountAction {...part} />;
    case "tasks":
      return <TaskList {...part} />;
  }
}

function RulePart({ value, set, errors }: PartProps) {
  const scope = String(value["scope"] ?? "full");
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      <Named what="rule" value={value} set={set} errors={errors} />
      <Select
        label={words.scope}
        allowDeselect={false}
        data={Object.entries(words.scopes).map(([one, label]) => ({ value: one, label }))}
        value={scope}
        onChange={(next) => set(withKey(next === "full" ? withKey(value, "full_every", "") : value, "scope", next === "full" ? "" : (next ?? "")))}
        error={errors["scope"]}
      />
      {(scope === "changed" || "full_every" in value) && (
        <TextInput label={words.fullEvery} placeholder="1d" value={String(value["full_every"] ?? "")} onChange={(event) => set(withKey(value, "full_every", event.currentTarget.value))} error={errors["full_every"]} />
      )}
    </SimpleGrid>
  );
}

function TemplatePart({ value, set, errors }: PartProps) {
  const event = "event" in tree(value["trigger"]);
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        <Named what="template" value={value} set={set} errors={errors} />
      </SimpleGrid>
      {(!event || "subjects" in value || "most" in value) && <Subjects value={value} set={set} errors={errors} />}
    </>
  );
}

function MappingPart({ value, set, errors }: PartProps) {
  const document = useQuery(documentQuery);
  const into = at(document.data?.value, ["mappings", String(value["mapping"] ?? ""), "into"]);
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Named what="mapping" value={value} set={set} errors={errors} />
        <Select
          label={words.task}
          required
          data={Object.entries(words.tasks).map(([one, label]) => ({ value: one, label }))}
          value={value["task"] === undefined ? null : String(value["task"])}
          onChange={(next) => set(withKey(value, "task", next ?? ""))}
          error={errors["task"]}
        />
      </SimpleGrid>
      <Matched value={value} set={set} errors={errors} />
      <GuardFields spec={value} set={set} errors={errors} side={String(value["target"] ?? into ?? "")} />
    </>
  );
}

function Named({ what, value, set, errors }: PartProps & { what: Key }) {
  const document = useQuery(documentQuery);
  const names = Object.keys(tree(at(document.data?.value, [PARTS[what]])));
  return (
    <Select
      label={words[what]}
      required
      searchable
      data={names}
      value={names.includes(String(value[what])) ? String(value[what]) : null}
      onChange={(next) => set({ ...value, [what]: next ?? "" })}
      error={errors[what]}
    />
  );
}
