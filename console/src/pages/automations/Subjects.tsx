import { NumberInput, Select, SimpleGrid, TextInput } from "@mantine/core";
import { tree, withKey } from "../../api/json";
import { errorOf } from "../../components/SpecFields";
import { automations as words } from "../../texts/automations";
import type { PartProps } from "./trigger";

/** Whom a template or tasks are for where no event says it, and how many that may be at once. */
export function Subjects({ value, set, errors }: PartProps) {
  const held = tree(value["subjects"]);
  const by = Object.keys(words.subjectKinds).find((one) => one in held) ?? null;
  const optional = "event" in tree(value["trigger"]);
  const most = value["most"];
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      <Select
        label={words.subjects}
        description={words.subjectsHint}
        required={!optional}
        clearable={optional}
        data={Object.entries(words.subjectKinds).map(([one, label]) => ({ value: one, label }))}
        value={by}
        onChange={(next) => set(withKey(value, "subjects", next === null ? undefined : { [next]: "" }))}
        error={by === null ? errors["subjects"] : undefined}
      />
      {by !== null && (
        <TextInput
          label={words.subjectOf}
          description={words.subjectHints[by as keyof typeof words.subjectHints]}
          required
          value={String(held[by] ?? "")}
          onChange={(event) => set({ ...value, subjects: { [by]: event.currentTarget.value } })}
          error={errorOf(errors, "subjects")}
        />
      )}
      <NumberInput
        label={words.most}
        description={words.mostHint}
        min={1}
        allowDecimal={false}
        placeholder="100"
        value={typeof most === "number" ? most : ""}
        onChange={(next) => set(withKey(value, "most", typeof next === "number" ? next : undefined))}
        error={errors["most"]}
      />
    </SimpleGrid>
  );
}
