import { Button, Group, Input, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { type Json, tree } from "../api/json";
import type { SecretOfConnection } from "../api/schema";
import { useMay } from "../api/session";
import { common } from "../texts/common";
import { Moment } from "./Moment";
import { ProblemNote } from "./ProblemNote";

const SOURCES = ["secret", "environment", "file", "command"] as const;
type Source = (typeof SOURCES)[number];
const words = common.secret;

interface SecretFieldProps {
  label: string;
  /** `{secret: NAME}`, or another place where it is */
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  /** what it is called if it has no name yet */
  name: string;
  /** how the secrets that are referred to stand */
  known: readonly SecretOfConnection[];
  error?: string | undefined;
  required?: boolean;
  readOnly?: boolean;
  hint?: string | undefined;
}

/** A secret: one says where it is and sets it anew; nobody ever sees it. */
export function SecretField(props: SecretFieldProps) {
  const { label, value, onChange, readOnly = false } = props;
  const held = tree(value);
  const source = SOURCES.find((one) => one in held) ?? "secret";
  const name = typeof held[source] === "string" ? held[source] : "";
  return (
    <Input.Wrapper label={label} labelElement="div" required={props.required ?? false} error={props.error} description={props.hint} role="group" aria-label={label}>
      <Group gap="xs" align="flex-start" mt={4} wrap="wrap">
        <Select
          aria-label={`${label}: ${words.source}`}
          data={SOURCES.map((one) => ({ value: one, label: words.sources[one] }))}
          value={source}
          onChange={(next) => onChange(next === null || next === "secret" ? undefined : { [next]: "" })}
          allowDeselect={false}
          readOnly={readOnly}
          w={210}
        />
        {source === "secret" ? (
          <Kept {...props} name={name || props.name} referred={name !== ""} />
        ) : (
          <Elsewhere {...props} source={source} name={name} />
        )}
      </Group>
    </Input.Wrapper>
  );
}

function Elsewhere({ label, source, name, onChange, known, readOnly = false }: SecretFieldProps & { source: Source }) {
  const found = known.find((one) => one.source === source && one.name === name);
  return (
    <Stack gap={2} flex={1} miw={180}>
      <TextInput
        aria-label={`${label}: ${words.sources[source]}`}
        value={name}
        readOnly={readOnly}
        onChange={(event) => onChange({ [source]: event.currentTarget.value })}
        classNames={{ input: "mono" }}
      />
      {found !== undefined && found.problem !== "" && <Text size="xs" c="var(--mantine-color-error)">{`${found.problem}. ${found.hint}`}</Text>}
    </Stack>
  );
}

/** One that Keepstep keeps itself, sealed: when it was set, and a field to replace it. */
function Kept({ label, name, referred, onChange, known, readOnly = false }: SecretFieldProps & { referred: boolean }) {
  const queries = useQueryClient();
  const maySet = useMay("set_secrets");
  const [text, setText] = useState<string | null>(null);
  const found = known.find((one) => one.source === "secret" && one.name === name);
  const keep = useMutation({
    mutationFn: (secret: string) => api.PUT("/api/v1/secrets/{name}", { params: { path: { name } }, body: { secret } }),
    onSuccess: async () => {
      setText(null);
      if (!referred) onChange({ secret: name });
      await Promise.all([queries.invalidateQueries({ queryKey: ["connections"] }), queries.invalidateQueries({ queryKey: ["secrets"] })]);
    },
  });
  const isSet = keep.isSuccess || (found !== undefined && found.since !== null);
  return (
    <Stack gap={4} flex={1} miw={220}>
      <Group gap="xs" mih={36}>
        <IconLock size={16} aria-hidden />
        <Text size="sm" role="status">
          {isSet ? words.set : words.unset} {found?.since !== undefined && found.since !== null && <Moment at={found.since} />}
          <Text span size="xs" c="dimmed" className="mono">
            {` ${name}`}
          </Text>
        </Text>
        {!readOnly && maySet && text === null && (
          <Button size="compact-sm" variant="default" onClick={() => setText("")} aria-label={`${isSet ? words.replace : words.give}: ${label}`}>
            {isSet ? words.replace : words.give}
          </Button>
        )}
      </Group>
      {!maySet && !readOnly && <Text size="xs" c="dimmed">{words.mayNot}</Text>}
      {found !== undefined && found.since !== null && found.problem !== "" && <Text size="xs" c="var(--mantine-color-error)">{`${found.problem}. ${found.hint}`}</Text>}
      {text !== null && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            event.stopPropagation();
            if (text !== "") keep.mutate(text);
          }}
        >
          <Group gap="xs" align="flex-start" wrap="nowrap">
            <PasswordInput aria-label={`${label}: ${words.text}`} value={text} onChange={(event) => setText(event.currentTarget.value)} autoComplete="new-password" autoFocus flex={1} miw={0} description={words.once} inputWrapperOrder={["input", "description"]} />
            <Button type="submit" loading={keep.isPending} disabled={text === ""}>
              {words.keep}
            </Button>
            <Button variant="default" onClick={() => setText(null)}>
              {common.cancel}
            </Button>
          </Group>
        </form>
      )}
      {keep.error !== null && <ProblemNote error={keep.error} />}
    </Stack>
  );
}
