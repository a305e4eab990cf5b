import { Accordion, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { at, type Json, texts, tree, type Tree, withAt } from "../api/json";
import type { SecretOfConnection } from "../api/schema";
import { common } from "../texts/common";
import { KeyValueRows } from "./KeyValueRows";
import { SecretField } from "./SecretField";

/** One key of a part of the configuration, and how it is asked for. *path*: keys with dots between. */
export interface SpecField {
  path: string;
  label: string;
  kind: "text" | "number" | "switch" | "choice" | "rows" | "list" | "secret" | "area";
  hint?: string;
  /** what holds where nothing is said */
  fallback?: string | number | boolean;
  required?: boolean;
  mono?: boolean;
  choices?: readonly { value: string; label: string }[];
  /** over the whole width */
  wide?: boolean;
  /** asked for below "More settings" */
  more?: boolean;
  /** only where the part says so */
  when?: (part: Tree) => boolean;
}

interface SpecFieldsProps {
  fields: readonly SpecField[];
  value: Json | undefined;
  onChange: (value: Tree) => void;
  /** by path below the part */
  errors: Readonly<Record<string, string>>;
  readOnly?: boolean;
  secrets?: readonly SecretOfConnection[];
  /** what a new secret of a field is called */
  secretName?: (path: string) => string;
}

/** The fields of one part: the usual ones at once, the rest below "More settings". */
export function SpecFields(props: SpecFieldsProps) {
  const part = tree(props.value);
  const shown = props.fields.filter((one) => one.when?.(part) ?? true);
  const more = shown.filter((one) => one.more === true);
  const wrong = more.some((one) => errorOf(props.errors, one.path) !== undefined);
  return (
    <Stack gap="md">
      <Fields {...props} fields={shown.filter((one) => one.more !== true)} />
      {more.length > 0 && (
        <Accordion variant="contained" {...(wrong ? { value: "more" } : {})}>
          <Accordion.Item value="more">
            <Accordion.Control>{common.moreSettings}</Accordion.Control>
            <Accordion.Panel>
              <Fields {...props} fields={more} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  );
}

function Fields(props: SpecFieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">
      {props.fields.map((field) => (
        <div key={field.path} style={WIDE.has(field.kind) || field.wide === true ? { gridColumn: "1 / -1" } : undefined}>
          <OneField {...props} field={field} />
        </div>
      ))}
    </SimpleGrid>
  );
}

const WIDE: ReadonlySet<string> = new Set(["rows", "secret", "area"]);

function OneField(props: SpecFieldsProps & { field: SpecField }): ReactNode {
  const { field, value, onChange, errors, readOnly = false } = props;
  const path = field.path.split(".");
  const held = at(value, path);
  const put = (next: Json | undefined) => onChange(withAt(value, path, next));
  const shared = {
    label: field.label,
    description: field.hint,
    error: errorOf(errors, field.path),
    withAsterisk: field.required ?? false,
    readOnly,
    placeholder: field.fallback === undefined ? "" : String(field.fallback),
  };
  const text = typeof held === "string" || typeof held === "number" ? String(held) : "";
  const mono = field.mono === true ? { classNames: { input: "mono" } } : {};
  switch (field.kind) {
    case "text":
      return <TextInput {...shared} {...mono} value={text} onChange={(event) => put(event.currentTarget.value === "" ? undefined : event.currentTarget.value)} />;
    case "area":
      return <Textarea {...shared} {...mono} value={text} autosize minRows={2} maxRows={12} onChange={(event) => put(event.currentTarget.value === "" ? undefined : event.currentTarget.value)} />;
    case "number":
      return <NumberInput {...shared} value={typeof held === "number" ? held : ""} onChange={(next) => put(typeof next === "number" ? next : undefined)} />;
    case "switch":
      return (
        <Switch
          label={field.label}
          description={field.hint}
          error={shared.error}
          checked={typeof held === "boolean" ? held : field.fallback === true}
          disabled={readOnly}
          onChange={(event) => put(event.currentTarget.checked === (field.fallback === true) ? undefined : event.currentTarget.checked)}
          mt={field.hint === undefined ? 28 : 0}
        />
      );
    case "choice":
      return (
        <Select
          {...shared}
          data={[...(field.choices ?? [])]}
          value={text || (field.fallback === undefined ? null : String(field.fallback))}
          allowDeselect={false}
          onChange={(next) => put(next === null || next === field.fallback ? undefined : next)}
        />
      );
    case "list":
      return <TagsInput {...shared} data={(field.choices ?? []).map((one) => one.value)} value={texts(held)} onChange={(next) => put(next.length === 0 ? undefined : next)} />;
    case "rows":
      return <Rows field={field} held={tree(held)} put={put} errors={errors} readOnly={readOnly} />;
    case "secret":
      return (
        <SecretField
          label={field.label}
          value={held}
          onChange={put}
          name={props.secretName?.(field.path) ?? field.path.replaceAll(".", "-")}
          known={props.secrets ?? []}
          error={errorOf(errors, field.path)}
          required={field.required ?? false}
          readOnly={readOnly}
          hint={field.hint}
        />
      );
  }
}

function Rows({ field, held, put, errors, readOnly }: { field: SpecField; held: Tree; put: (next: Json | undefined) => void; errors: Readonly<Record<string, string>>; readOnly: boolean }) {
  const prefix = `${field.path}.`;
  const own = Object.fromEntries(Object.entries(errors).flatMap(([name, text]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), text]] : [])));
  return (
    <Stack gap={4}>
      <div>{field.label}</div>
      <KeyValueRows label={field.label} value={held} onChange={(next) => put(Object.keys(next).length === 0 ? undefined : next)} errors={own} readOnly={readOnly} hint={field.hint} />
    </Stack>
  );
}

/** Return what is wrong at *path*, or the first thing below it. */
export function errorOf(errors: Readonly<Record<string, string>>, path: string): string | undefined {
  return errors[path] ?? Object.entries(errors).find(([name]) => name.startsWith(`${path}.`))?.[1];
}
