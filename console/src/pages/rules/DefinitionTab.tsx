import { Card, Grid, List, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, data } from "../../api/client";
import { type Draft, documentQuery, useDraft } from "../../api/draft";
import { at, linePairs, pairLines, type Tree, tree, withKey } from "../../api/json";
import { asProblem } from "../../api/problem";
import type { Reaction, RuleInWords } from "../../api/schema";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { GuardFields } from "../../components/GuardFields";
import { LoadingRows } from "../../components/Page";
import { sentence } from "../../components/ProblemNote";
import { SITUATIONS } from "../../texts/plans";
import { REACTION_WORDS, rule as words } from "../../texts/rule";
import { lineMarks, markLines, unseen } from "./definition";

const NEW: Tree = { source: "", target: "", mapping: "", correlate: [] };

/** What a rule says: who is paired with whom, what is done about each situation, what stops it; and all of it in words. */
export function DefinitionTab() {
  const { rule } = useParams({ from: "/shell/rules/$rule" });
  const draft = useDraft(useMemo(() => ["rules", rule], [rule]));
  return draft.loading ? <LoadingRows /> : <Definition draft={draft} />;
}

function Definition({ draft }: { draft: Draft }) {
  const may = useMay("change_configuration");
  const spec = draft.value === undefined ? NEW : tree(draft.value);
  const told = useWords(spec);
  const set = (next: Tree) => draft.set(next);
  const hidden = unseen(spec);
  return (
    <Stack>
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <fieldset disabled={!may} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
            <Stack>
              <Sides spec={spec} set={set} errors={draft.errors} />
              <Reactions spec={spec} set={set} told={told.data} errors={draft.errors} />
              <Card withBorder>
                <Title order={2} size="h4" mb="sm">
                  {words.guards}
                </Title>
                <GuardFields spec={spec} set={set} errors={draft.errors} side={String(spec["target"] ?? "")}>
                  <Approve spec={spec} set={set} errors={draft.errors} />
                </GuardFields>
              </Card>
              {hidden.length > 0 && (
                <Text size="sm" c="dimmed">
                  {words.more(hidden.join(", "))}
                </Text>
              )}
            </Stack>
          </fieldset>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Card withBorder pos="sticky" top={72}>
            <Title order={2} size="h4" mb="xs">
              {words.words}
            </Title>
            {told.error === null ? (
              <div role="status">
                <List size="sm" spacing={4}>
                  {told.data?.words.map((one) => (
                    <List.Item key={one}>{one}</List.Item>
                  ))}
                </List>
              </div>
            ) : (
              <Text size="sm" role="status">
                {sentence(asProblem(told.error).errors[0]?.message ?? asProblem(told.error).message)}
              </Text>
            )}
          </Card>
        </Grid.Col>
      </Grid>
      {may && <DraftBar draft={draft} />}
    </Stack>
  );
}

function useWords(spec: Tree) {
  const [calm] = useDebouncedValue(JSON.stringify(spec), 300);
  return useQuery({
    queryKey: ["rule-words", calm],
    queryFn: () => data(api.POST("/api/v1/rule-words", { body: { rule: JSON.parse(calm) as Record<string, never> } })),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 10_000,
  });
}

interface PartProps {
  spec: Tree;
  set: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
}

function Sides({ spec, set, errors }: PartProps) {
  const document = useQuery(documentQuery);
  const mappings = Object.keys(tree(at(document.data?.value, ["mappings"])));
  const text = (key: string, label: string, hint?: string) => (
    <TextInput
      label={label}
      description={hint}
      required={hint !== undefined}
      value={String(spec[key] ?? "")}
      onChange={(event) => set(hint === undefined ? withKey(spec, key, event.currentTarget.value) : { ...spec, [key]: event.currentTarget.value })}
      error={errors[key]}
    />
  );
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {words.sides}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {text("source", words.source, words.sideHint)}
        {text("target", words.target, words.sideHint)}
        <Select
          label={words.mapping}
          required
          searchable
          data={mappings}
          value={mappings.includes(String(spec["mapping"])) ? String(spec["mapping"]) : null}
          onChange={(next) => set({ ...spec, mapping: next ?? "" })}
          error={errors["mapping"]}
        />
        <Select
          label={words.category}
          allowDeselect={false}
          data={["User", "Group", "Contact"]}
          value={String(spec["category"] ?? "User")}
          onChange={(next) => set(withKey(spec, "category", next === "User" ? "" : (next ?? "")))}
        />
        <Textarea
          label={words.correlate}
          description={words.correlateHint}
          required
          autosize
          minRows={2}
          defaultValue={pairLines(spec["correlate"])}
          onBlur={(event) => set({ ...spec, correlate: linePairs(event.currentTarget.value) })}
          error={errors["correlate"]}
        />
        {text("description", words.description)}
      </SimpleGrid>
    </Card>
  );
}

function Reactions({ spec, set, told, errors }: PartProps & { told: RuleInWords | undefined }) {
  const chosen = tree(spec["reactions"]);
  const choose = (situation: string, next: string) => set({ ...spec, reactions: { ...chosen, [situation]: next } });
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {words.reactions}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {told?.reactions.map((one) => (
          <Select
            key={one.situation}
            label={SITUATIONS[one.situation]}
            allowDeselect={false}
            data={one.allowed.map((reaction) => ({ value: reaction, label: REACTION_WORDS[reaction] }))}
            value={(chosen[one.situation] as Reaction | undefined) ?? one.now}
            onChange={(next) => next !== null && choose(one.situation, next)}
            error={errors[`reactions.${one.situation}`]}
          />
        ))}
        <Textarea
          label={words.mark}
          description={words.markHint}
          autosize
          minRows={2}
          defaultValue={markLines(spec["mark"])}
          onBlur={(event) => {
            const marks = lineMarks(event.currentTarget.value);
            const { mark: _before, ...rest } = spec;
            set(Object.keys(marks).length === 0 ? rest : { ...spec, mark: marks });
          }}
          error={errors["mark"] ?? errors["reactions"]}
        />
      </SimpleGrid>
    </Card>
  );
}

function Approve({ spec, set, errors }: PartProps) {
  const { approve } = spec;
  if (approve !== undefined && typeof approve !== "number") return null;
  return (
    <NumberInput
      label={words.approve}
      min={0}
      max={20}
      value={approve ?? 0}
      onChange={(next) => set(withKey(spec, "approve", Number(next) > 0 ? Number(next) : undefined))}
      error={errors["approve"]}
    />
  );
}
