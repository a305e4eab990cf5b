import { Drawer, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import type { Json, Tree } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";
import { builder as words, templates } from "../../texts/templates";
import { textAt } from "./BlockFields";
import type { Edit } from "./Builder";
import { withField } from "./edit";
import { blocksOf, startOf } from "./graph";
import { field } from "./scope";

interface SettingsDrawerProps {
  opened: boolean;
  close: () => void;
  template: Tree;
  errors: Readonly<Record<string, string>>;
  choices: TemplateChoices | undefined;
  edit: Edit | undefined;
}

/** What a template says beside its blocks. */
export function SettingsDrawer({ opened, close, template, errors, choices, edit }: SettingsDrawerProps) {
  const readOnly = edit === undefined;
  const set = (key: string, value: Json | undefined) => edit?.change(withField(template, key, value), key);
  const text = (key: string, label: string, hint?: string) => (
    <TextInput label={label} description={hint} readOnly={readOnly} error={field(errors, key)} value={textAt(template, key)} onChange={(event) => set(key, event.currentTarget.value || undefined)} />
  );
  const subject = textAt(template, "subject");
  return (
    <Drawer opened={opened} onClose={close} title={words.settings} overlayProps={{ backgroundOpacity: 0.15 }}>
      <Stack gap="sm">
        {text("description", templates.description)}
        <Select label={templates.for} description={templates.forHint} readOnly={readOnly} allowDeselect={false} data={[...new Set([...(choices?.subjects ?? []), subject])].filter((one) => one !== "")} value={subject || null} error={field(errors, "subject")} onChange={(next) => set("subject", next ?? "")} />
        <Select label={words.startAt} readOnly={readOnly} allowDeselect={false} searchable data={Object.keys(blocksOf(template))} value={startOf(template) || null} error={field(errors, "start")} onChange={(next) => set("start", next ?? "")} />
        {text("cancelled_by", words.cancelledBy, words.cancelledByHint)}
        {text("look_every", words.lookEvery, "15m")}
        <NumberInput label={words.canary} description={words.canaryHint} readOnly={readOnly} min={0} max={100} allowDecimal={false} value={typeof template["canary"] === "number" ? template["canary"] : 0} error={field(errors, "canary")} onChange={(next) => set("canary", typeof next === "number" && next > 0 ? next : undefined)} />
      </Stack>
    </Drawer>
  );
}
