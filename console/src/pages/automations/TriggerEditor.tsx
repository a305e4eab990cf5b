import { Autocomplete, MultiSelect, Select, SimpleGrid, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { texts, tree, withKey } from "../../api/json";
import { errorOf } from "../../components/SpecFields";
import { DAYS } from "../../components/window";
import { automations as words } from "../../texts/automations";
import { Blackouts } from "./Blackouts";
import { NextTimes } from "./NextTimes";
import { asKind, type Kind, KINDS, kindOf, type PartProps } from "./trigger";

const WHAT = ["created", "modified", "enabled", "disabled", "locked", "unlocked", "moved", "renamed", "joined_group", "left_group", "expired", "deleted", "restored"];
const EVENTS = ["user", "group", "person"].flatMap((one) => WHAT.map((what) => `${one}_${what}`));
const ZONES = Intl.supportedValuesOf("timeZone");

/** When it starts: by the time, with the next ten times beside it, or by what happens. */
export function TriggerEditor({ value, set, errors }: PartProps) {
  const kind = kindOf(value);
  const error = (key: string) => errors[`trigger.${key}`] ?? null;
  return (
    <Stack gap="sm">
      <Select
        label={words.kind}
        allowDeselect={false}
        data={KINDS.map((one) => ({ value: one, label: words.kinds[one] }))}
        value={kind}
        onChange={(next) => next !== null && set(asKind(value, next as Kind))}
        error={errors["trigger"]}
        maw={320}
      />
      {kind === "event" ? (
        <EventFields value={value} set={set} errors={errors} />
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Stack gap="sm">
            <ScheduleFields value={value} set={set} errors={errors} />
            <Autocomplete
              label={words.timezone}
              data={ZONES}
              limit={20}
              placeholder="UTC"
              value={String(value["timezone"] ?? "")}
              onChange={(next) => set(withKey(value, "timezone", next))}
              error={error("timezone")}
            />
            <Blackouts value={value} set={set} errors={errors} />
          </Stack>
          <NextTimes trigger={value} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function ScheduleFields({ value, set, errors }: PartProps) {
  const kind = kindOf(value);
  const plain = (key: Kind, label: string, hint?: string) => (
    <TextInput
      label={label}
      description={hint}
      required
      value={String(value[key] ?? "")}
      onChange={(event) => set({ ...value, [key]: event.currentTarget.value })}
      error={errors[`trigger.${key}`]}
    />
  );
  const held = tree(value[kind]);
  const inner = (key: string, next: string | string[]) => set({ ...value, [kind]: { ...held, [key]: next } });
  const at = (
    <TextInput
      label={words.at}
      type="time"
      required
      value={String(held["at"] ?? "")}
      onChange={(event) => inner("at", event.currentTarget.value)}
      error={errors[`trigger.${kind}.at`]}
    />
  );
  switch (kind) {
    case "schedule":
      return plain("schedule", words.cron, words.cronHint);
    case "every":
      return plain("every", words.every, words.everyHint);
    case "once":
      return plain("once", words.once, words.onceHint);
    case "daily":
      return (
        <TextInput
          label={words.at}
          type="time"
          required
          value={String(value["daily"] ?? "")}
          onChange={(event) => set({ ...value, daily: event.currentTarget.value })}
          error={errors["trigger.daily"]}
        />
      );
    case "weekly":
      return (
        <>
          <MultiSelect label={words.days} data={DAYS} value={texts(held["days"])} onChange={(next) => inner("days", next)} error={errorOf(errors, "trigger.weekly.days")} />
          {at}
        </>
      );
    case "monthly":
      return (
        <>
          <TextInput
            label={words.monthDay}
            description={words.monthDayHint}
            required
            value={String(held["on"] ?? "")}
            onChange={(event) => inner("on", event.currentTarget.value)}
            error={errors["trigger.monthly.on"]}
          />
          {at}
        </>
      );
    case "event":
      return null;
  }
}

function EventFields({ value, set, errors }: PartProps) {
  const text = (key: string, label: string, hint?: string, required = false) => (
    <TextInput
      label={label}
      description={hint}
      required={required}
      value={String(value[key] ?? "")}
      onChange={(event) => set(withKey(value, key, event.currentTarget.value))}
      error={errors[`trigger.${key}`]}
    />
  );
  const list = (key: string, label: string) => (
    <Textarea
      label={label}
      description={words.withinHint}
      autosize
      minRows={2}
      value={texts(value[key]).join("\n")}
      onChange={(event) => set(withKey(value, key, event.currentTarget.value.split("\n")))}
      onBlur={(event) => set(withKey(value, key, event.currentTarget.value.split("\n").filter((one) => one.trim() !== "")))}
      error={errorOf(errors, `trigger.${key}`)}
    />
  );
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <TagsInput label={words.events} data={EVENTS} value={texts(value["event"])} onChange={(next) => set({ ...value, event: next })} error={errorOf(errors, "trigger.event")} />
      {text("on", words.side, words.sideHint, true)}
      {text("where", words.where, words.whereHint)}
      {text("filter", words.filter)}
      {list("within", words.within)}
      {list("except", words.except)}
      {text("group", words.group)}
      <TextInput
        label={words.readEvery}
        description={words.readEveryHint}
        placeholder="5m"
        value={String(value["every"] ?? "")}
        onChange={(event) => set(withKey(value, "every", event.currentTarget.value))}
        error={errors["trigger.every"]}
      />
      <Switch
        label={words.own}
        description={words.ownHint}
        checked={value["own"] === true}
        onChange={(event) => set(withKey(value, "own", event.currentTarget.checked ? true : undefined))}
        error={errors["trigger.own"]}
      />
    </SimpleGrid>
  );
}
