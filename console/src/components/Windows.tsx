import { ActionIcon, Button, Group, Input, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type Json, texts, type Tree, tree, withKey } from "../api/json";
import { windows as words } from "../texts/windows";
import { errorOf } from "./SpecFields";
import { DAYS, FRESH, isOnce } from "./window";

interface WindowsProps {
  /** what they are called, and what each of them is */
  said: { label: string; hint: string; one: (number: number) => string; add: string; remove: (number: number) => string };
  value: Json | undefined;
  onChange: (value: readonly Json[]) => void;
  errors: Readonly<Record<string, string>>;
  /** where they stand, as the errors say it */
  path: string;
  children?: ReactNode;
}

/** Windows of time in which something is held back: again and again on some days, or once. */
export function Windows({ said, value, onChange, errors, path, children }: WindowsProps) {
  const windows: readonly Json[] = Array.isArray(value) ? value : [];
  return (
    <Input.Wrapper label={said.label} labelElement="div" description={said.hint} error={errors[path]}>
      <Stack gap="sm" mt={6}>
        {windows.map((one, place) => (
          <Window
            // oxlint-disable-next-line react/no-array-index-key -- a window is known by its place alone
            key={place}
            label={said.one(place + 1)}
            path={`${path}.${place}`}
            value={tree(one)}
            set={(next) => onChange(windows.map((other, at) => (at === place ? next : other)))}
            errors={errors}
            remove={
              <ActionIcon variant="subtle" color="gray" size={36} mt={24} aria-label={said.remove(place + 1)} onClick={() => onChange(windows.filter((_, at) => at !== place))}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            }
          />
        ))}
        <Button variant="default" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...windows, FRESH.daily])}>
          {said.add}
        </Button>
        {windows.length > 0 && children}
      </Stack>
    </Input.Wrapper>
  );
}

interface WindowProps extends Pick<WindowsProps, "errors" | "path"> {
  label: string;
  value: Tree;
  set: (value: Tree) => void;
  remove: ReactNode;
}

function Window({ label, path, value, set, remove, errors }: WindowProps) {
  const once = isOnce(value);
  const edge = (key: "from" | "to", name: string) => (
    <TextInput
      label={name}
      type={once ? "datetime-local" : "time"}
      required
      flex="1 1 130px"
      value={String(value[key] ?? "")}
      onChange={(event) => set({ ...value, [key]: event.currentTarget.value })}
      error={errors[`${path}.${key}`]}
    />
  );
  return (
    <Stack gap={4} role="group" aria-label={label}>
      <Group gap="xs" align="flex-start">
        <Select
          label={words.kind}
          flex="1 1 130px"
          allowDeselect={false}
          data={Object.entries(words.kinds).map(([one, name]) => ({ value: one, label: name }))}
          value={once ? "once" : "daily"}
          onChange={(next) => set(next === "once" ? FRESH.once : FRESH.daily)}
        />
        {edge("from", words.from)}
        {edge("to", words.to)}
        {remove}
      </Group>
      {!once && (
        <MultiSelect
          label={words.days}
          data={[...DAYS]}
          {...(texts(value["days"]).length === 0 ? { placeholder: words.everyDay } : {})}
          value={texts(value["days"]).map((one) => one.trim().toLowerCase().slice(0, 3))}
          onChange={(next) => set(withKey(value, "days", next))}
          error={errorOf(errors, `${path}.days`)}
        />
      )}
      {errors[path] !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {errors[path]}
        </Text>
      )}
    </Stack>
  );
}
