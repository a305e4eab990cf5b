import { ActionIcon, Button, Group, Input, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { type Json, type Tree, tree, withKey } from "../../api/json";
import { errorOf } from "../../components/SpecFields";
import { automations as words } from "../../texts/automations";
import { DAYS, type PartProps, texts, withBlackouts } from "./trigger";

const FRESH: Readonly<Record<"daily" | "once", Tree>> = {
  daily: { from: "22:00", to: "06:00" },
  once: { from: "", to: "" },
};

/** The windows in which a schedule starts nothing, and what becomes of a time in one. */
export function Blackouts({ value, set, errors }: PartProps) {
  const held = value["blackout"];
  const windows: readonly Json[] = Array.isArray(held) ? held : [];
  const put = (next: readonly Json[]) => set(withBlackouts(value, next));
  return (
    <Input.Wrapper label={words.blackouts} labelElement="div" description={words.blackoutHint} error={errors["trigger.blackout"]}>
      <Stack gap="sm" mt={6}>
        {windows.map((one, place) => (
          <Window
            // oxlint-disable-next-line react/no-array-index-key -- a window is known by its place alone
            key={place}
            place={place}
            value={tree(one)}
            set={(next) => put(windows.map((other, at) => (at === place ? next : other)))}
            remove={() => put(windows.filter((_, at) => at !== place))}
            errors={errors}
          />
        ))}
        <Button variant="default" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => put([...windows, FRESH.daily])}>
          {words.addBlackout}
        </Button>
        {windows.length > 0 && (
          <Select
            label={words.blackoutThen}
            allowDeselect={false}
            data={Object.entries(words.blackoutThens).map(([one, label]) => ({ value: one, label }))}
            value={String(value["blackout_then"] ?? "drop")}
            onChange={(next) => set(withKey(value, "blackout_then", next === "drop" ? "" : (next ?? "")))}
            error={errors["trigger.blackout_then"]}
          />
        )}
      </Stack>
    </Input.Wrapper>
  );
}

interface WindowProps extends PartProps {
  place: number;
  remove: () => void;
}

function Window({ place, value, set, remove, errors }: WindowProps) {
  const path = `trigger.blackout.${place}`;
  const once = value["from"] === "" || String(value["from"]).includes("-");
  const edge = (key: "from" | "to", label: string) => (
    <TextInput
      label={label}
      type={once ? "datetime-local" : "time"}
      required
      flex="1 1 130px"
      value={String(value[key] ?? "")}
      onChange={(event) => set({ ...value, [key]: event.currentTarget.value })}
      error={errors[`${path}.${key}`]}
    />
  );
  return (
    <Stack gap={4} role="group" aria-label={words.blackout(place + 1)}>
      <Group gap="xs" align="flex-start">
        <Select
          label={words.windowKind}
          flex="1 1 130px"
          allowDeselect={false}
          data={Object.entries(words.windowKinds).map(([one, label]) => ({ value: one, label }))}
          value={once ? "once" : "daily"}
          onChange={(next) => set(next === "once" ? FRESH.once : FRESH.daily)}
        />
        {edge("from", words.from)}
        {edge("to", words.to)}
        <ActionIcon variant="subtle" color="gray" size={36} mt={24} aria-label={words.removeBlackout(place + 1)} onClick={remove}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Group>
      {!once && (
        <MultiSelect
          label={words.windowDays}
          data={DAYS}
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
