import { ActionIcon, Autocomplete, Button, Group, Paper, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api, data } from "../../api/client";
import { isTree } from "../../api/json";
import type { Field } from "../../api/schema";
import { MacroText } from "../../components/MacroText/MacroText";
import { format } from "../../texts/format";
import { mappings as words } from "../../texts/mappings";
import classes from "./mappings.module.css";
import type { Whom } from "./reading";
import { type MappingRow, twice, unseen, withWord } from "./rows";

const FormatBuilder = lazy(() => import("./FormatBuilder").then((one) => ({ default: one.FormatBuilder })));

interface RowEditorProps {
  rows: readonly MappingRow[];
  write: (rows: MappingRow[]) => void;
  /** the side that is written, and the side that is read */
  into: string;
  source: string;
  /** the people that a value is shown for while it is built */
  whom: Whom;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
}

/** The rows of a mapping: the attribute, what it is made of, and what an empty value does. */
export function RowEditor({ rows, write, into, source, whom, errors, readOnly }: RowEditorProps) {
  const [connection = "", objects = ""] = into.split(".", 2);
  const fields = useQuery({
    queryKey: ["fields", connection, objects],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/fields", { params: { path: { connection }, query: { objects } } })),
    enabled: connection !== "" && objects !== "",
    staleTime: 300_000,
    retry: false,
  });
  const known = new Map(fields.data?.map((one) => [one.name.toLowerCase(), one]));
  const writable = fields.data?.filter((one) => one.writable).map((one) => one.name) ?? [];
  const double = twice(rows);
  const change = (place: number, row: MappingRow) => write(rows.map((one, at) => (at === place ? row : one)));
  const add = () => write([...rows, { id: crypto.randomUUID(), attribute: "", from: "", more: {} }]);
  return (
    <Stack gap="xs">
      {fields.error !== null && (
        <Text size="sm" c="dimmed">
          {words.fieldsProblem}
        </Text>
      )}
      {rows.map((row, place) => (
        <RowFields
          key={row.id}
          row={row}
          place={place}
          names={writable}
          source={source}
          whom={whom}
          readOnly={readOnly}
          error={
            double.has(row.attribute.toLowerCase())
              ? words.twice
              : (errors[`rows.${row.attribute}`] ?? errors[`rows.${row.attribute}.from`] ?? wrongWith(row.attribute, known))
          }
          change={(next) => change(place, next)}
          remove={() => write(rows.filter((one) => one !== row))}
        />
      ))}
      {!readOnly && (
        <Button variant="default" w="fit-content" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
          {words.addRow}
        </Button>
      )}
    </Stack>
  );
}

/** Return what is wrong with the attribute *name*, as far as the fields of its side are known. */
function wrongWith(name: string, known: ReadonlyMap<string, Field>): string | undefined {
  const field = known.get(name.toLowerCase());
  // what has a point is below an attribute, and may be made by whoever writes it
  if (field === undefined) return known.size === 0 || name === "" || name.includes(".") ? undefined : words.unknown;
  return field.writable ? undefined : words.notWritable(field.why_not ?? "");
}

interface RowFieldsProps {
  row: MappingRow;
  place: number;
  names: readonly string[];
  source: string;
  whom: Whom;
  error: string | undefined;
  readOnly: boolean;
  change: (row: MappingRow) => void;
  remove: () => void;
}

function RowFields({ row, place, names, source, whom, error, readOnly, change, remove }: RowFieldsProps) {
  const [building, setBuilding] = useState(false);
  const [connection = "", objects = ""] = source.split(".", 2);
  const name = row.attribute || String(place + 1);
  const hidden = unseen(row);
  const choice = (key: "when_empty" | "on", label: string, choices: Readonly<Record<string, string>>, usual: string) => (
    <Select
      label={label}
      aria-label={`${label}: ${name}`}
      allowDeselect={false}
      data={Object.entries(choices).map(([value, text]) => ({ value, label: text }))}
      value={String(row.more[key] ?? usual)}
      onChange={(next) => next !== null && change(withWord(row, key, next, usual))}
    />
  );
  return (
    <Paper withBorder p="xs" className={classes["row"]}>
      <Autocomplete
        label={words.attribute}
        aria-label={`${words.attribute}: ${name}`}
        data={[...names]}
        limit={50}
        value={row.attribute}
        onChange={(next) => change({ ...row, attribute: next })}
        error={error}
        className={classes["attribute"]}
      />
      <div className={classes["from"]}>
        {"format" in row.more ? (
          <Text size="sm" c="dimmed" pt={28}>
            {words.format}
          </Text>
        ) : (
          <MacroText place="mapping" connection={connection} objects={objects} label={words.from} value={row.from} onChange={(from) => change({ ...row, from })} who="" />
        )}
        {!readOnly && connection !== "" && (
          <Button size="compact-xs" variant="subtle" mt={4} onClick={() => setBuilding(true)} aria-label={format.openFor(name)}>
            {format.open}
          </Button>
        )}
        {building && (
          <Suspense>
            <FormatBuilder
              name={name}
              connection={connection}
              objects={objects}
              whom={whom}
              written={isTree(row.more["format"]) ? row.more["format"] : row.from}
              use={(expression) => {
                const { format: _before, ...more } = row.more;
                change({ ...row, from: expression, more });
                setBuilding(false);
              }}
              close={() => setBuilding(false)}
            />
          </Suspense>
        )}
        {hidden.length > 0 && (
          <Text size="xs" c="dimmed">
            {words.more(hidden.join(", "))}
          </Text>
        )}
      </div>
      {choice("when_empty", words.whenEmpty, words.empties, "keep")}
      {choice("on", words.on, words.ons, "always")}
      <Group gap={2} wrap="nowrap" align="flex-end" pb={4}>
        <ActionIcon variant="subtle" color="red" aria-label={words.removeRow(name)} onClick={remove}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Group>
    </Paper>
  );
}
