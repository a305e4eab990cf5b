import { Select } from "@mantine/core";
import { withKey } from "../../api/json";
import { Windows } from "../../components/Windows";
import { automations as words } from "../../texts/automations";
import { type PartProps, withBlackouts } from "./trigger";

const SAID = { label: words.blackouts, hint: words.blackoutHint, one: words.blackout, add: words.addBlackout, remove: words.removeBlackout };

/** The windows in which a schedule starts nothing, and what becomes of a time in one. */
export function Blackouts({ value, set, errors }: PartProps) {
  return (
    <Windows said={SAID} value={value["blackout"]} onChange={(next) => set(withBlackouts(value, next))} errors={errors} path="trigger.blackout">
      <Select
        label={words.blackoutThen}
        allowDeselect={false}
        data={Object.entries(words.blackoutThens).map(([one, label]) => ({ value: one, label }))}
        value={String(value["blackout_then"] ?? "drop")}
        onChange={(next) => set(withKey(value, "blackout_then", next === "drop" ? "" : (next ?? "")))}
        error={errors["trigger.blackout_then"]}
      />
    </Windows>
  );
}
