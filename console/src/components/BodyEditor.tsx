import { Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { isTree, type Json, same } from "../api/json";
import { KeyValueRows } from "./KeyValueRows";
import { MacroText } from "./MacroText/MacroText";
import type { Standing } from "./MacroText/macros";
import { calls as words } from "../texts/calls";

interface BodyEditorProps {
  kind: string;
  body: Json | undefined;
  onKind: (kind: string) => void;
  onBody: (body: Json | undefined) => void;
  /** what is wrong, by field below the body; the empty one is the body itself */
  errors: Readonly<Record<string, string>>;
  kindError: string | undefined;
  standing: Standing;
  readOnly: boolean;
  /** what the page calls it */
  label?: string;
  kindLabel?: string;
}

/** What is sent: its type, and an editor that fits it. */
export function BodyEditor(props: BodyEditorProps) {
  const { kind, body, onBody, errors, standing, readOnly, label = words.body } = props;
  const error = firstOf(errors);
  return (
    <Stack gap="sm">
      <Select
        label={props.kindLabel ?? words.bodyType}
        data={[...words.bodyTypes]}
        value={kind}
        onChange={(next) => next !== null && props.onKind(next)}
        error={props.kindError}
        allowDeselect={false}
        readOnly={readOnly}
        maw={240}
      />
      {kind === "json" && <JsonBody label={label} body={body} onBody={onBody} error={error} standing={standing} readOnly={readOnly} />}
      {(kind === "xml" || kind === "text") && (
        <MacroText {...standing} label={label} hint={words.bodyHint} multiline minRows={8} value={typeof body === "string" ? body : ""} onChange={(next) => onBody(next)} error={error} readOnly={readOnly} />
      )}
      {(kind === "form" || kind === "multipart") && <MacroRows label={label} value={isTree(body) ? body : {}} onChange={onBody} errors={errors} hint={words.bodyHint} standing={standing} readOnly={readOnly} />}
    </Stack>
  );
}

interface MacroRowsProps {
  label: string;
  value: Readonly<Record<string, unknown>>;
  onChange: (value: Record<string, string>) => void;
  errors: Readonly<Record<string, string>>;
  hint: string;
  standing: Standing;
  readOnly: boolean;
}

/** Keys and texts with macros. */
export function MacroRows({ label, value, onChange, errors, hint, standing, readOnly }: MacroRowsProps) {
  return (
    <KeyValueRows
      label={label}
      value={value}
      onChange={onChange}
      readOnly={readOnly}
      hint={hint}
      renderValue={(row, field) => (
        <MacroText {...standing} label={field.label} labelHidden value={row.value} onChange={field.change} error={errors[row.key]} onKeyDown={field.onKeyDown} readOnly={readOnly} check={false} />
      )}
    />
  );
}

const WRONG = Symbol("no JSON");

interface JsonBodyProps {
  label: string;
  body: Json | undefined;
  onBody: (body: Json | undefined) => void;
  error: string | undefined;
  standing: Standing;
  readOnly: boolean;
}

/** A message as JSON text: what is no JSON yet stays in the field, and in the field alone. */
function JsonBody({ label, body, onBody, error, standing, readOnly }: JsonBodyProps) {
  const written = body === undefined ? "" : JSON.stringify(body, null, 2);
  const [text, setText] = useState(written);
  const found = parsed(text);
  const shown = found === WRONG || same(found, body) ? text : written;
  const change = (next: string) => {
    setText(next);
    const made = parsed(next);
    if (made !== WRONG) onBody(made);
  };
  return (
    <>
      {/* its macros are checked leaf by leaf with the whole webhook */}
      <MacroText {...standing} label={label} hint={words.bodyHint} multiline minRows={8} value={shown} onChange={change} error={found === WRONG ? undefined : error} readOnly={readOnly} check={false} quotes="'" />
      {found === WRONG && (
        <Text size="xs" c="orange" role="status">
          {words.jsonWrong}
        </Text>
      )}
    </>
  );
}

function parsed(text: string): Json | undefined | typeof WRONG {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return WRONG;
  }
}

function firstOf(errors: Readonly<Record<string, string>>): string | undefined {
  const [first] = Object.entries(errors);
  return first === undefined ? undefined : first[0] === "" ? first[1] : `${first[0]}: ${first[1]}`;
}
