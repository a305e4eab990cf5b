import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { type ClipboardEvent, type KeyboardEvent, useState } from "react";
import { doubles, type Row } from "../../components/rows";
import { valueTables as words } from "../../texts/value-tables";
import { pairsOf, pasted } from "./value-table";

const FIRST = 100;
const EMPTY: Row = { id: "first", key: "", value: "" };

interface ValueRowsProps {
  rows: readonly Row[];
  write: (rows: Row[]) => void;
  /** whether letter case and blanks tell values apart */
  exact: boolean;
  readOnly: boolean;
}

/** The rows of a value table. Enter adds one below; two columns of a spreadsheet are pasted into any of them. */
export function ValueRows({ rows, write, exact, readOnly }: ValueRowsProps) {
  const [fresh, setFresh] = useState("");
  const [all, setAll] = useState(false);
  const [told, setTold] = useState("");
  const held = rows.length === 0 && !readOnly ? [EMPTY] : rows;
  const shown = all ? held : held.slice(0, FIRST);
  const twice = doubles(held);
  const add = (after: number) => {
    const id = crypto.randomUUID();
    setFresh(id); // it has the focus when it comes
    setAll(true);
    write(held.toSpliced(after + 1, 0, { id, key: "", value: "" }));
  };
  const paste = (place: number, event: ClipboardEvent) => {
    const pairs = pairsOf(event.clipboardData.getData("text"));
    if (pairs === null) return;
    event.preventDefault();
    const made = pasted(held, place, pairs);
    setTold(words.pasted(made.fresh, made.changed));
    write(made.rows);
  };
  const wrong = (row: Row) => {
    if (twice.has(row.key)) return words.twice;
    return exact && row.key !== row.key.trim() ? words.blanks : undefined;
  };
  return (
    <Stack gap={6} role="group" aria-label={words.rows}>
      <Group gap={6} pr={readOnly ? 0 : 42} aria-hidden>
        {[words.from, words.to].map((one) => (
          <Text key={one} size="sm" fw={500} flex={1}>
            {one}
          </Text>
        ))}
      </Group>
      {shown.map((row, place) => (
        <ValueRow
          key={row.id}
          row={row}
          name={row.key || words.nth(place + 1)}
          error={wrong(row)}
          focus={row.id === fresh}
          readOnly={readOnly}
          change={(part) => write(held.map((one) => (one.id === row.id ? { ...one, ...part } : one)))}
          remove={() => write(held.filter((one) => one.id !== row.id))}
          add={() => add(place)}
          paste={(event) => paste(place, event)}
        />
      ))}
      {shown.length < held.length && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
          {words.all(held.length)}
        </Button>
      )}
      {!readOnly && (
        <Group gap="xs">
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => add(held.length - 1)}>
            {words.addRow}
          </Button>
          <Text size="xs" c="dimmed">
            {words.paste}
          </Text>
        </Group>
      )}
      <Text size="xs" role="status">
        {told}
      </Text>
    </Stack>
  );
}

interface ValueRowProps {
  row: Row;
  name: string;
  error: string | undefined;
  focus: boolean;
  readOnly: boolean;
  change: (part: Partial<Row>) => void;
  remove: () => void;
  add: () => void;
  paste: (event: ClipboardEvent) => void;
}

function ValueRow({ row, name, error, focus, readOnly, change, remove, add, paste }: ValueRowProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing || readOnly) return;
    event.preventDefault();
    add();
  };
  const shared = { readOnly, onKeyDown, flex: 1, miw: 0, ...(readOnly ? {} : { onPaste: paste }) };
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <TextInput {...shared} aria-label={words.fromOf(name)} autoFocus={focus} value={row.key} onChange={(event) => change({ key: event.currentTarget.value })} error={error} />
      <TextInput {...shared} aria-label={words.toOf(name)} value={row.value} onChange={(event) => change({ value: event.currentTarget.value })} />
      {!readOnly && (
        <ActionIcon variant="subtle" color="gray" size={36} aria-label={words.removeRow(name)} onClick={remove}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  );
}
