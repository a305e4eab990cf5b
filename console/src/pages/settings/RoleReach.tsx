import { Card, MultiSelect, SegmentedControl, Stack, TagsInput, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { type Tree, withKey } from "../../api/json";
import { errorOf } from "../../components/SpecFields";
import { roles as words } from "../../texts/roles";
import { namesIn, type Part, PARTS, type Span, spanOf, withSpan } from "./role";
import { useContainers } from "./useContainers";

interface ReachProps {
  spec: Tree;
  set: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
}

const SPANS: readonly Span[] = ["none", "all", "some"];
/** What is written by hand beside what can be chosen; a name (DN) has commas, so that none of them ends it. */
const WRITTEN: ReadonlySet<Part> = new Set(["within", "attributes"]);

const MOST = 50;

/** How far the rights of a role reach, part by part. */
export function RoleReach(props: ReachProps) {
  const choices = useQuery({ queryKey: ["configuration", "role-choices"], queryFn: () => data(api.GET("/api/v1/role-choices")) });
  const { spec, set, errors, readOnly } = props;
  const [looking, setLooking] = useState(false);
  // they are read once somebody is about to name one
  const look = () => !readOnly && setLooking(true);
  const containers = useContainers(looking, spanOf(spec["connections"]) === "some" ? namesIn(spec["connections"]) : undefined);
  return (
    <Card withBorder>
      <Title order={3} size="h4">
        {words.reach}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {words.reachHint}
      </Text>
      <Stack gap="lg">
        {PARTS.map((part) => (
          <PartOfReach key={part} {...props} part={part} choices={part === "within" ? containers : (choices.data?.[part] ?? [])} onFocus={part === "within" ? look : undefined} />
        ))}
        <TagsInput
          label={words.parts.outside.label}
          description={words.parts.outside.hint}
          splitChars={[]}
          data={containers}
          limit={MOST}
          onFocus={look}
          readOnly={readOnly}
          value={namesIn(spec["outside"])}
          onChange={(next) => set(withKey(spec, "outside", next))}
          error={errorOf(errors, "outside")}
        />
      </Stack>
    </Card>
  );
}

function PartOfReach({ spec, set, errors, readOnly, part, choices, onFocus }: ReachProps & { part: Part; choices: readonly string[]; onFocus?: (() => void) | undefined }) {
  const { label, hint } = words.parts[part];
  const span = spanOf(spec[part]);
  const names = namesIn(spec[part]);
  const shared = {
    "aria-label": label,
    value: names,
    readOnly,
    error: errorOf(errors, part),
    onChange: (next: string[]) => set({ ...spec, [part]: next }),
  };
  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Text size="sm" fw={500}>
        {label}
      </Text>
      {hint !== "" && (
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      )}
      <SegmentedControl
        w="fit-content"
        aria-label={label}
        disabled={readOnly}
        value={span}
        onChange={(next) => set(withSpan(spec, part, next as Span))}
        data={SPANS.map((value) => ({ value, label: words[value] }))}
      />
      {span === "some" && WRITTEN.has(part) && <TagsInput {...shared} {...(onFocus === undefined ? {} : { onFocus })} data={[...choices]} limit={MOST} splitChars={part === "within" ? [] : [","]} />}
      {span === "some" && !WRITTEN.has(part) && <MultiSelect {...shared} searchable data={[...new Set([...choices, ...names])]} />}
    </Stack>
  );
}
