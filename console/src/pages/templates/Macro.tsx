import { Text } from "@mantine/core";
import { KeyValueRows } from "../../components/KeyValueRows";
import { MacroText } from "../../components/MacroText/MacroText";
import { fields as words } from "../../texts/templates";
import { useStanding } from "./scope";

interface MacroProps {
  label: string;
  labelHidden?: boolean;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  multiline?: boolean;
  error?: string | undefined;
  readOnly: boolean;
}

/** A text of a block with macros: the attributes of the subject, and what other blocks of the draft give. */
export function Macro({ error, ...props }: MacroProps) {
  const standing = useStanding();
  // what would be wrong is told by the check of the whole draft, which knows the other blocks
  return <MacroText place="template" {...standing} check={false} minRows={2} error={error} {...props} />;
}

interface MacroRowsProps {
  label: string;
  hint?: string;
  value: Readonly<Record<string, unknown>>;
  error: string | undefined;
  readOnly: boolean;
  onChange: (value: Record<string, string>) => void;
}

/** Names and the texts with macros that they stand for. */
export function MacroRows({ label, hint, value, error, readOnly, onChange }: MacroRowsProps) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {label}
      </Text>
      <KeyValueRows
        label={label}
        hint={error === undefined ? hint : <Text size="xs" c="red">{error}</Text>}
        value={value}
        keyLabel={words.attribute}
        valueLabel={words.value}
        readOnly={readOnly}
        onChange={onChange}
        renderValue={(row, field) => (
          <div style={{ flex: "1 1 60%", minWidth: 0 }}>
            <Macro label={field.label} labelHidden value={row.value} onChange={field.change} readOnly={readOnly} />
          </div>
        )}
      />
    </div>
  );
}
