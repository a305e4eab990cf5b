import { ActionIcon, Button, Group, Input, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { type Json, isTree, same, type Tree } from "../../api/json";
import { fields as words } from "../../texts/templates";
import { textAt } from "./BlockFields";
import { Macro } from "./Macro";

interface Row {
  name: string;
  text: string;
  clear: boolean;
}

/** Return the rows of `set`: an attribute with null is cleared, one with a text is kept where that gives nothing. */
export function rowsOf(set: Tree): Row[] {
  return Object.entries(set).map(([name, value]) => {
    if (isTree(value)) return { name, text: textAt(value, "from"), clear: value["when_empty"] === "clear" };
    return { name, text: typeof value === "string" ? value : "", clear: value === null };
  });
}

export function setOf(rows: readonly Row[]): Tree {
  const held: Record<string, Json> = {};
  for (const { name, text, clear } of rows) {
    if (name === "") continue;
    held[name] = clear ? (text === "" ? null : { from: text, when_empty: "clear" }) : text;
  }
  return held;
}

/** The attributes that are set, and what happens where a macro gives nothing. */
export function SetRows({ rows: set, readOnly, onChange }: { rows: Tree; readOnly: boolean; onChange: (set: Tree) => void }) {
  const [typed, setTyped] = useState<readonly Row[]>(() => rowsOf(set));
  const rows = same(setOf(typed), set) ? typed : rowsOf(set);
  const change = (next: readonly Row[]) => {
    setTyped(next);
    onChange(setOf(next));
  };
  const put = (place: number, more: Partial<Row>) => change(rows.map((one, other) => (other === place ? { ...one, ...more } : one)));
  return (
    <Input.Wrapper label={words.attributes} labelElement="div" role="group" aria-label={words.attributes}>
      <Stack gap={6} mt={4}>
        {rows.map((row, place) => (
          // oxlint-disable-next-line react/no-array-index-key -- a row is known by its place alone
          <Group key={place} gap={6} wrap="nowrap">
            <TextInput aria-label={`${words.attribute} ${place + 1}`} placeholder={words.attribute} readOnly={readOnly} w="30%" value={row.name} onChange={(event) => put(place, { name: event.currentTarget.value })} />
            <div style={{ flex: 1, minWidth: 0 }}>
              <Macro label={`${words.value} ${place + 1}`} labelHidden readOnly={readOnly} value={row.text} onChange={(text) => put(place, { text })} />
            </div>
            <Select
              aria-label={`${words.whenEmpty} ${place + 1}`}
              readOnly={readOnly}
              w={92}
              allowDeselect={false}
              value={row.clear ? "clear" : "keep"}
              onChange={(next) => put(place, { clear: next === "clear" })}
              data={[
                { value: "keep", label: words.keep },
                { value: "clear", label: words.clear },
              ]}
            />
            {!readOnly && (
              <ActionIcon variant="subtle" color="gray" aria-label={words.removeRow(row.name || String(place + 1))} onClick={() => change(rows.filter((_, other) => other !== place))}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        {!readOnly && (
          <Button variant="default" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setTyped([...rows, { name: "", text: "", clear: false }])}>
            {words.addRow}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
