import { SimpleGrid, Textarea, TextInput } from "@mantine/core";
import { linePairs, pairLines, withKey } from "../../api/json";
import { errorOf } from "../../components/SpecFields";
import { automations as words } from "../../texts/automations";
import type { PartProps } from "./trigger";

/** Whose records are taken, whose accounts they are matched with, and by what. */
export function Matched({ value, set, errors }: PartProps) {
  const text = (key: "source" | "target") => (
    <TextInput label={words[key]} description={words.sideHint} required value={String(value[key] ?? "")} onChange={(event) => set(withKey(value, key, event.currentTarget.value))} error={errors[key]} />
  );
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      {text("source")}
      {text("target")}
      <Textarea
        label={words.correlate}
        description={words.correlateHint}
        required
        autosize
        minRows={2}
        defaultValue={pairLines(value["correlate"])}
        onBlur={(event) => set(withKey(value, "correlate", linePairs(event.currentTarget.value)))}
        error={errorOf(errors, "correlate")}
      />
    </SimpleGrid>
  );
}
