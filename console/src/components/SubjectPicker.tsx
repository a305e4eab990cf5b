import { Autocomplete, Button, Group, Pill, SegmentedControl, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUserPlus } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from "react";
import { subjects as words } from "../texts/subjects";
import { ProblemNote } from "./ProblemNote";
import { type ChosenSubject, joined, lookUp, namesOf, suggested, type SubjectKind } from "./subjects";

interface SubjectPickerProps {
  label: string;
  /** the connection they are of */
  connection: string;
  value: readonly ChosenSubject[];
  onChange: (value: ChosenSubject[]) => void;
  kinds?: readonly SubjectKind[];
  most?: number;
  hint?: string;
}

const BOTH: readonly SubjectKind[] = ["users", "groups"];
const KINDS: Readonly<Record<SubjectKind, string>> = { users: words.users, groups: words.groups };

/** Chooses users and groups of a directory by what people call them, one or a pasted list of them. */
export function SubjectPicker({ label, connection, value, onChange, kinds = BOTH, most = 50, hint }: SubjectPickerProps) {
  const [kind, setKind] = useState<SubjectKind>(kinds[0] ?? "users");
  const [text, setText] = useState("");
  const picked = useRef(false);
  const asked = useMutation({
    mutationFn: (names: string[]) => lookUp(connection, kind, names),
    onSuccess: ({ found, unknown }) => {
      onChange(joined(value, found).slice(0, most));
      setText(unknown.join("; "));
    },
  });
  const suggestions = useSuggestions(connection, kind, text);
  const choose = (key: string) => {
    const one = suggestions.find((each) => each.key === key);
    if (one !== undefined) onChange(joined(value, [{ kind: one.kind, key: one.key, name: one.name }]).slice(0, most));
    picked.current = true;
  };
  // who was picked stands below, and no longer in the field
  const type = (next: string) => {
    setText(picked.current ? "" : next);
    picked.current = false;
  };
  const add = (names: string[]) => names.length > 0 && asked.mutate(names);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const last = value.at(-1);
    if (event.key === "Enter") {
      event.preventDefault();
      add(namesOf(text));
    } else if (event.key === "Backspace" && text === "" && last !== undefined) onChange(value.slice(0, -1));
  };
  const onPaste = (event: ClipboardEvent) => {
    const names = namesOf(event.clipboardData.getData("text"));
    if (names.length < 2) return;
    event.preventDefault();
    add(names);
  };
  const full = value.length >= most;
  const unknown = asked.data?.unknown ?? [];
  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Group gap="xs" align="flex-end">
        {kinds.length > 1 && (
          <SegmentedControl aria-label={words.kind} value={kind} onChange={setKind} data={kinds.map((one) => ({ value: one, label: KINDS[one] ?? one }))} />
        )}
        <Autocomplete
          aria-label={label}
          placeholder={words.placeholder}
          value={text}
          onChange={type}
          data={suggestions.map((one) => ({ value: one.key, label: one.label }))}
          filter={({ options }) => options}
          onOptionSubmit={choose}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          disabled={full}
          error={unknown.length > 0 && text !== ""}
          flex="1 1 240px"
          miw={0}
        />
        <Button variant="default" leftSection={<IconUserPlus size={16} aria-hidden />} loading={asked.isPending} disabled={full || text.trim() === ""} onClick={() => add(namesOf(text))}>
          {words.add}
        </Button>
      </Group>
      <Said unknown={text === "" ? [] : unknown} most={full ? most : null} error={asked.error} />
      <Chips value={value} onChange={onChange} />
      {hint !== undefined && (
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      )}
    </Stack>
  );
}

/** Return the first few who are called so, as far as the directory can be asked for a part of a name. */
function useSuggestions(connection: string, kind: SubjectKind, text: string) {
  const [asked] = useDebouncedValue(text.trim(), 250);
  const query = useQuery({
    queryKey: ["suggested", connection, kind, asked],
    queryFn: () => suggested(connection, kind, asked),
    enabled: asked.length > 1 && namesOf(asked).length === 1,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  return asked.length > 1 && text.trim() !== "" ? (query.data ?? []) : [];
}

/** Who was not found, and that nobody more fits. */
function Said({ unknown, most, error }: { unknown: readonly string[]; most: number | null; error: unknown }) {
  return (
    <div aria-live="polite">
      {unknown.length > 0 && (
        <Text size="xs" c="red">
          {words.unknown(unknown.slice(0, 5).join(", "))}
        </Text>
      )}
      {most !== null && <Text size="xs">{words.most(most)}</Text>}
      <ProblemNote error={error} />
    </div>
  );
}

function Chips({ value, onChange }: { value: readonly ChosenSubject[]; onChange: (value: ChosenSubject[]) => void }) {
  if (value.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {words.none}
      </Text>
    );
  }
  return (
    <Group gap={6}>
      {value.map((one) => (
        <Pill key={`${one.kind} ${one.key}`} size="md" bd="1px solid var(--mantine-color-default-border)" withRemoveButton removeButtonProps={{ "aria-label": words.remove(one.name), "aria-hidden": false, tabIndex: 0 }} onRemove={() => onChange(value.filter((other) => other !== one))} title={one.key}>
          {one.kind === "groups" ? `${one.name} · ${words.groups}` : one.name}
        </Pill>
      ))}
      {value.length > 1 && (
        <>
          <Text size="xs" c="dimmed">
            {words.chosen(value.length)}
          </Text>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange([])}>
            {words.clear}
          </Button>
        </>
      )}
    </Group>
  );
}
