import { ActionIcon, Button, Code, Group, Modal, NumberInput, Paper, Select, SimpleGrid, Stack, Switch, Table, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { Loaded } from "../../components/Loaded";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { format as words } from "../../texts/format";
import { type Building, buildingOf, EMPTY, type Kind, type Part, part, whole, writtenOf } from "./format";
import type { Whom } from "./reading";
import { WhomField } from "./WhomField";

interface BuilderProps {
  /** the attribute that is made */
  name: string;
  /** the side whose people it is made of */
  connection: string;
  objects: string;
  /** how it is written now: a text, or a format */
  written: string | Record<string, unknown>;
  /** the people that it is shown for */
  whom: Whom;
  use: (expression: string) => void;
  close: () => void;
}

function triedQuery({ connection, objects, written, whom }: Pick<BuilderProps, "connection" | "objects" | "written" | "whom">) {
  const people = whom.value.map((one) => one.key);
  return {
    queryKey: ["format-previews", connection, objects, written, people],
    queryFn: () => data(api.POST("/api/v1/format-previews", { body: { connection, objects, written, people, limit: 5 } })),
    staleTime: 60_000,
    retry: false,
  };
}

const NOBODY: Whom = { value: [], set: () => undefined };

/** A value built of parts, with what it gives for real people while it is built. */
export function FormatBuilder(props: BuilderProps) {
  const { name, written, close } = props;
  // how it is written now is taken apart once, for nobody
  const begin = useQuery({ ...triedQuery({ ...props, whom: NOBODY }), enabled: written !== "" });
  const [anew, setAnew] = useState(written === "");
  return (
    <Modal opened onClose={close} title={words.title(name)} size="xl">
      {anew ? (
        <Builder {...props} start={{ ...EMPTY, parts: [part("attribute")] }} />
      ) : (
        <Loaded query={begin}>
          {(tried) => {
            const start = buildingOf(tried.parts);
            return start !== null ? (
              <Builder {...props} start={start} />
            ) : (
              <Stack>
                <Text size="sm">{words.tooMuch}</Text>
                <Group justify="flex-end">
                  <Button variant="default" onClick={close}>
                    {common.cancel}
                  </Button>
                  <Button onClick={() => setAnew(true)}>{words.anew}</Button>
                </Group>
              </Stack>
            );
          }}
        </Loaded>
      )}
    </Modal>
  );
}

function Builder({ connection, objects, whom, use, close, start }: BuilderProps & { start: Building }) {
  const [building, setBuilding] = useState(start);
  const fields = useQuery({
    queryKey: ["fields", connection, objects],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/fields", { params: { path: { connection }, query: { objects } } })),
    staleTime: 300_000,
    retry: false,
  });
  const [asked] = useDebouncedValue(building, 350);
  const tried = useQuery({ ...triedQuery({ connection, objects, whom, written: writtenOf(asked) }), enabled: whole(asked), placeholderData: keepPreviousData });
  const parts = (next: Part[]) => setBuilding({ ...building, parts: next });
  const settled = asked === building && whole(building) && tried.data !== undefined && tried.error === null && !tried.isPlaceholderData;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {words.lead}
      </Text>
      <Stack gap="xs" role="group" aria-label={words.parts}>
        {building.parts.map((one, place) => (
          <PartFields
            key={one.id}
            one={one}
            place={place + 1}
            names={fields.data?.map((field) => field.name) ?? []}
            change={(next) => parts(building.parts.map((other) => (other.id === one.id ? next : other)))}
            up={place === 0 ? undefined : () => parts(building.parts.toSpliced(place, 1).toSpliced(place - 1, 0, one))}
            remove={() => parts(building.parts.filter((other) => other.id !== one.id))}
          />
        ))}
      </Stack>
      <Group gap="xs">
        <Button size="compact-md" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => parts([...building.parts, part("attribute")])}>
          {words.addAttribute}
        </Button>
        <Button size="compact-md" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => parts([...building.parts, part("text")])}>
          {words.addText}
        </Button>
      </Group>
      <Whole building={building} change={setBuilding} />
      <WhomField source={`${connection}.${objects}`} whom={whom} />
      {whole(asked) && <Gives tried={tried} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
        <Button disabled={!settled} onClick={() => tried.data !== undefined && use(tried.data.expression)}>
          {words.use}
        </Button>
      </Group>
    </Stack>
  );
}

const CHOICES = Object.entries(words.choices).map(([value, label]) => ({ value, label }));
const CASES = Object.entries(words.cases).map(([value, label]) => ({ value, label }));

interface PartProps {
  one: Part;
  place: number;
  names: readonly string[];
  change: (next: Part) => void;
  up: (() => void) | undefined;
  remove: () => void;
}

function PartFields({ one, place, names, change, up, remove }: PartProps) {
  return (
    <Paper withBorder p="xs">
      <Stack gap="xs">
        <Group gap="xs" align="flex-end">
          <Select
            aria-label={words.kind(place)}
            allowDeselect={false}
            data={Object.entries(words.kinds).map(([value, label]) => ({ value, label }))}
            value={one.kind}
            onChange={(kind) => kind !== null && change({ ...part(kind as Kind), id: one.id })}
            w={140}
          />
          {one.kind === "attribute" ? (
            <Select aria-label={words.attribute(place)} placeholder={words.kinds.attribute} searchable limit={60} data={[...names]} value={one.content === "" ? null : one.content} onChange={(content) => change({ ...one, content: content ?? "" })} flex="1 1 170px" />
          ) : (
            <TextInput aria-label={one.kind === "text" ? words.text(place) : words.expression(place)} classNames={{ input: "mono" }} value={one.content} onChange={(event) => change({ ...one, content: event.currentTarget.value })} flex="1 1 170px" />
          )}
          <ActionIcon variant="subtle" color="gray" aria-label={words.up(place)} disabled={up === undefined} onClick={up}>
            <IconArrowUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" aria-label={words.remove(place)} onClick={remove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
        {one.kind === "attribute" && <Taken one={one} change={change} />}
      </Stack>
    </Paper>
  );
}

/** What is taken of an attribute. A choice that the list does not have stays as it is. */
function Taken({ one, change }: { one: Part; change: (next: Part) => void }) {
  const choice = (key: "value" | "words" | "characters") => (
    <Select
      label={words.which[key]}
      allowDeselect={false}
      data={CHOICES.some((known) => known.value === one[key]) ? CHOICES : [...CHOICES, { value: one[key], label: one[key] }]}
      value={one[key]}
      onChange={(next) => next !== null && change({ ...one, [key]: next })}
    />
  );
  return (
    <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xs">
      {choice("value")}
      {choice("words")}
      {choice("characters")}
      <Select label={words.letters} placeholder={words.asIs} clearable clearButtonProps={{ "aria-label": words.asIs }} data={CASES} value={one.case} onChange={(next) => change({ ...one, case: next })} />
      <TagsInput label={words.functions} title={words.functionsHint} value={one.functions} onChange={(functions) => change({ ...one, functions })} />
    </SimpleGrid>
  );
}

function Whole({ building, change }: { building: Building; change: (next: Building) => void }) {
  return (
    <Stack gap="xs" role="group" aria-label={words.whole}>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs">
        <TextInput label={words.separator} value={building.separator} onChange={(event) => change({ ...building, separator: event.currentTarget.value })} />
        <Select label={words.letters} placeholder={words.asIs} clearable clearButtonProps={{ "aria-label": words.asIs }} data={CASES} value={building.case} onChange={(next) => change({ ...building, case: next })} />
        <NumberInput label={words.most} min={1} max={10_000} allowDecimal={false} value={building.at_most ?? ""} onChange={(next) => change({ ...building, at_most: typeof next === "number" ? next : null })} />
      </SimpleGrid>
      <Group>
        <Switch label={words.accents} checked={building.remove_accents} onChange={(event) => change({ ...building, remove_accents: event.currentTarget.checked })} />
        <Switch label={words.spaces} checked={building.remove_spaces} onChange={(event) => change({ ...building, remove_spaces: event.currentTarget.checked })} />
      </Group>
    </Stack>
  );
}

function Gives({ tried }: { tried: ReturnType<typeof useQuery<Awaited<ReturnType<ReturnType<typeof triedQuery>["queryFn"]>>>> }) {
  if (tried.error !== null) return <ProblemNote error={tried.error} />;
  if (tried.data === undefined) return null;
  return (
    <Stack gap="xs" aria-live="polite">
      <Title order={3} size="sm">
        {words.gives}
      </Title>
      <Table aria-label={words.gives}>
        <Table.Tbody>
          {tried.data.people.map((one) => (
            <Table.Tr key={one.key}>
              <Table.Th scope="row" fw={500} w="40%">
                {one.name}
              </Table.Th>
              <Table.Td>{one.left_out || (one.attributes?.["value"] ?? []).join(", ") || words.nothing}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed">
        {words.written}
      </Text>
      <Code block>{tried.data.expression}</Code>
    </Stack>
  );
}
