import { ActionIcon, Button, Group, Input, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import { same } from "../api/json";
import { common } from "../texts/common";
import { doubles, type Row, rowsOf, valueOf } from "./rows";

interface KeyValueRowsProps {
  label: string;
  value: Readonly<Record<string, unknown>>;
  onChange: (value: Record<string, string>) => void;
  /** what is wrong, by key */
  errors?: Readonly<Record<string, string>>;
  keyLabel?: string;
  valueLabel?: string;
  readOnly?: boolean;
  hint?: ReactNode;
  /** what stands behind a value */
  aside?: (key: string) => ReactNode;
  /** the field for a value, where it is more than a text */
  renderValue?: (row: Row, field: { label: string; change: (value: string) => void; error: string | undefined; onKeyDown: (event: KeyboardEvent) => void }) => ReactNode;
}

/** Keys and values, one a row. Enter adds a row below; a new row begins at its key. */
export function KeyValueRows(props: KeyValueRowsProps) {
  const { label, value, onChange, errors = {}, keyLabel = common.rows.key, valueLabel = common.rows.value, readOnly = false } = props;
  const [held, setHeld] = useState<Row[]>(() => rowsOf(value));
  const rows = same(valueOf(held), value) ? held : rowsOf(value);
  const [fresh, setFresh] = useState("");
  const twice = doubles(rows);

  const write = (changed: Row[]) => {
    setHeld(changed);
    onChange(valueOf(changed));
  };
  const change = (id: string, part: Partial<Row>) => write(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const add = (after: number) => {
    const id = crypto.randomUUID();
    setFresh(id); // it has the focus when it comes
    write([...rows.slice(0, after + 1), { id, key: "", value: "" }, ...rows.slice(after + 1)]);
  };
  const onKeyDown = (place: number) => (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    add(place);
  };
  return (
    <Stack gap={6} role="group" aria-label={label}>
      {rows.map((row, place) => {
        const name = `${label}: ${row.key || common.rows.nth(place + 1)}`;
        const error = twice.has(row.key) ? common.rows.twice : errors[row.key];
        const valueName = `${name}, ${valueLabel}`;
        return (
          <Group key={row.id} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={`${name}, ${keyLabel}`}
              placeholder={keyLabel}
              autoFocus={row.id === fresh}
              value={row.key}
              readOnly={readOnly}
              onChange={(event) => change(row.id, { key: event.currentTarget.value.trim() })}
              onKeyDown={onKeyDown(place)}
              error={error}
              flex="1 1 40%"
              miw={0}
              classNames={{ input: "mono" }} size="sm"
            />
            {props.renderValue?.(row, { label: valueName, change: (text) => change(row.id, { value: text }), error: undefined, onKeyDown: onKeyDown(place) }) ?? (
              <TextInput
                aria-label={valueName}
                placeholder={valueLabel}
                value={row.value}
                readOnly={readOnly}
                onChange={(event) => change(row.id, { value: event.currentTarget.value })}
                onKeyDown={onKeyDown(place)}
                flex="1 1 60%"
                miw={0}
                classNames={{ input: "mono" }} size="sm"
              />
            )}
            {row.key !== "" && props.aside?.(row.key)}
            {!readOnly && (
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={`${common.remove}: ${name}`} onClick={() => write(rows.filter((one) => one.id !== row.id))}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        );
      })}
      {rows.length === 0 && readOnly && (
        <Text size="sm" c="dimmed">
          {common.rows.none}
        </Text>
      )}
      {!readOnly && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => add(rows.length - 1)} style={{ alignSelf: "flex-start" }}>
          {common.rows.add}
        </Button>
      )}
      {props.hint !== undefined && <Input.Description>{props.hint}</Input.Description>}
    </Stack>
  );
}
