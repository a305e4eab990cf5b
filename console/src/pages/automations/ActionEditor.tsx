import { Select, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { documentQuery } from "../../api/draft";
import { at, linePairs, pairLines, tree, withKey } from "../../api/json";
import { automations as words } from "../../texts/automations";
import { asWhat, type PartProps, type What, WHATS, whatOf } from "./trigger";

type Key = "rule" | "template" | "mapping" | "report";
const PARTS: Readonly<Record<Key, string>> = { rule: "rules", template: "templates", mapping: "mappings", report: "reports" };

/** What it starts: a rule, a template, a task of a mapping, or a report. */
export function ActionEditor({ value, set, errors }: PartProps) {
  const what = whatOf(value);
  return (
    <Stack gap="sm">
      <Select
        label={words.what}
        allowDeselect={false}
        data={[...WHATS, ...(what === "other" ? (["other"] as const) : [])].map((one) => ({ value: one, label: words.whats[one] }))}
        value={what}
        onChange={(next) => next !== null && set(asWhat(value, next as What))}
        error={errors[""]}
        maw={320}
      />
      {what !== "other" && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Named what={what} value={value} set={set} errors={errors} />
          {what === "rule" && (
            <Select
              label={words.scope}
              allowDeselect={false}
              data={Object.entries(words.scopes).map(([one, label]) => ({ value: one, label }))}
              value={String(value["scope"] ?? "full")}
              onChange={(next) => set(withKey(value, "scope", next === "full" ? "" : (next ?? "")))}
            />
          )}
          {what === "mapping" && <MappingTask value={value} set={set} errors={errors} />}
        </SimpleGrid>
      )}
    </Stack>
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

function MappingTask({ value, set, errors }: PartProps) {
  const text = (key: string, label: string) => (
    <TextInput
      label={label}
      description={words.sideHint}
      required
      value={String(value[key] ?? "")}
      onChange={(event) => set(withKey(value, key, event.currentTarget.value))}
      error={errors[key]}
    />
  );
  return (
    <>
      <Select
        label={words.task}
        required
        data={Object.entries(words.tasks).map(([one, label]) => ({ value: one, label }))}
        value={value["task"] === undefined ? null : String(value["task"])}
        onChange={(next) => set(withKey(value, "task", next ?? ""))}
        error={errors["task"]}
      />
      {text("source", words.source)}
      {text("target", words.target)}
      <Textarea
        label={words.correlate}
        description={words.correlateHint}
        autosize
        minRows={2}
        defaultValue={pairLines(value["correlate"])}
        onBlur={(event) => set(withKey(value, "correlate", linePairs(event.currentTarget.value)))}
        error={errors["correlate"]}
      />
    </>
  );
}
