import { ActionIcon, Button, Group, Input, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { fields as words } from "../../texts/templates";

type Pair = readonly [string, string];

interface PairRowsProps {
  label: string;
  hint?: string;
  /** what the first column holds */
  names: string;
  rows: readonly Pair[];
  error: string | undefined;
  readOnly: boolean;
  onChange: (rows: readonly Pair[]) => void;
}

/** Names and their values, a row each; a row without a name is not kept yet, and of two of one name the last is. */
export function PairRows({ label, hint, names, rows, error, readOnly, onChange }: PairRowsProps) {
  const [typed, setTyped] = useState<readonly Pair[]>(rows);
  // what came from elsewhere, as by undo, is shown; what is being typed stays
  const shown = sameRows(kept(typed), rows) ? typed : rows;
  const change = (next: readonly Pair[]) => {
    setTyped(next);
    onChange(kept(next));
  };
  return (
    <Input.Wrapper label={label} description={hint} error={error} labelElement="div" role="group" aria-label={label}>
      <Stack gap={6} mt={4}>
        {shown.map(([name, value], place) => (
          // oxlint-disable-next-line react/no-array-index-key -- a row is known by its place alone
          <Group key={place} gap={6} wrap="nowrap">
            <TextInput aria-label={`${names} ${place + 1}`} placeholder={names} readOnly={readOnly} value={name} w="38%" onChange={(event) => change(replaced(shown, place, [event.currentTarget.value, value]))} />
            <TextInput aria-label={`${words.value} ${place + 1}`} placeholder={words.value} readOnly={readOnly} value={value} flex={1} classNames={{ input: "mono" }} onChange={(event) => change(replaced(shown, place, [name, event.currentTarget.value]))} />
            {!readOnly && (
              <ActionIcon variant="subtle" color="gray" aria-label={words.removeRow(name || String(place + 1))} onClick={() => change(shown.filter((_, other) => other !== place))}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        {!readOnly && (
          <Button variant="default" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setTyped([...shown, ["", ""]])}>
            {words.addRow}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

function replaced(rows: readonly Pair[], place: number, row: Pair): Pair[] {
  return rows.map((one, other) => (other === place ? row : one));
}

function kept(rows: readonly Pair[]): Pair[] {
  return [...new Map(rows.filter(([name]) => name !== ""))];
}

function sameRows(one: readonly Pair[], other: readonly Pair[]): boolean {
  return one.length === other.length && one.every((row, place) => row[0] === other[place]?.[0] && row[1] === other[place]?.[1]);
}
