import { Select, SimpleGrid, Stack, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { documentQuery } from "../../api/draft";
import { at, texts, tree, withKey } from "../../api/json";
import { errorOf, SpecFields } from "../../components/SpecFields";
import { automations as words } from "../../texts/automations";
import { approvalFields, asRequirement, withRequirement } from "./approval";
import { byPlan, type PartProps } from "./trigger";

/** What becomes of a start that meets another, or that nobody was there for; who agrees to it, and who is told. */
export function StartRules({ value, set, errors }: PartProps) {
  const document = useQuery(documentQuery);
  const channels = Object.keys(tree(at(document.data?.value, ["channels"])));
  const choice = (key: "concurrency" | "missed", label: string, words_: Readonly<Record<string, string>>, usual: string) => (
    <Select
      label={label}
      allowDeselect={false}
      data={Object.entries(words_).map(([one, text]) => ({ value: one, label: text }))}
      value={String(value[key] ?? usual)}
      onChange={(next) => set(withKey(value, key, next === usual ? "" : (next ?? "")))}
      error={errors[key]}
    />
  );
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {choice("concurrency", words.concurrency, words.concurrencies, "skip")}
        {choice("missed", words.missed, words.misseds, "run")}
        <TagsInput label={words.notify} data={channels} value={texts(value["notify"])} onChange={(next) => set(withKey(value, "notify", next))} error={errorOf(errors, "notify")} />
      </SimpleGrid>
      {(byPlan(value) || "approve" in value) && (
        <SpecFields
          fields={approvalFields(channels, "approve" in value)}
          value={{ approve: asRequirement(value["approve"]) }}
          onChange={(next) => set(withKey(value, "approve", withRequirement(tree(next["approve"]))))}
          errors={"approve" in errors && !("approve.need" in errors) ? { ...errors, "approve.need": errors["approve"] ?? "" } : errors}
        />
      )}
    </Stack>
  );
}
