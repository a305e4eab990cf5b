import { ActionIcon, Autocomplete, Button, Group, Input, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { type Tree, tree } from "../api/json";
import { rule as words } from "../texts/rule";
import { groupsOf, withGroup, withGroupGuard } from "./guards";
import { LimitFields } from "./LimitFields";

interface GroupGuardsProps {
  spec: Tree;
  set: (spec: Tree) => void;
  errors: Readonly<Record<string, string>>;
  /** the side that is written, as connection.objects: its attributes make the groups */
  side: string;
}

/** Limits for each group of accounts that share a value of an attribute, as a department: `guards.by`. */
export function GroupGuards(props: GroupGuardsProps) {
  const { spec, set, errors } = props;
  const groups = groupsOf(spec);
  return (
    <Input.Wrapper label={words.groups} labelElement="div" description={words.groupsHint} error={errors["guards.by"]}>
      <Stack gap="sm" mt={6}>
        {Object.keys(groups).map((attribute) => (
          <Limits key={attribute} {...props} attribute={attribute} limits={tree(groups[attribute])} />
        ))}
        <NewGroup taken={Object.keys(groups)} side={props.side} add={(attribute) => set(withGroup(spec, attribute, {}))} />
      </Stack>
    </Input.Wrapper>
  );
}

function Limits({ spec, set, errors, attribute, limits }: GroupGuardsProps & { attribute: string; limits: Tree }) {
  const path = `guards.by.${attribute}`;
  return (
    <Paper withBorder p="sm" role="group" aria-label={words.group(attribute)}>
      <Group justify="space-between" wrap="nowrap" mb={6}>
        <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
          {words.group(attribute)}
        </Text>
        <ActionIcon variant="subtle" color="gray" aria-label={words.removeGroup(attribute)} onClick={() => set(withGroup(spec, attribute, undefined))}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Group>
      <SimpleGrid cols={2}>
        <LimitFields limits={limits} put={(kind, part, value) => set(withGroupGuard(spec, attribute, kind, part, value))} placeholder={() => words.unlimited} errors={errors} path={path} />
      </SimpleGrid>
      {errors[path] !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert" mt={4}>
          {errors[path]}
        </Text>
      )}
    </Paper>
  );
}

/** Asks by which attribute; what the side has is offered, once somebody is there. */
function NewGroup({ taken, side, add }: { taken: readonly string[]; side: string; add: (attribute: string) => void }) {
  const [text, setText] = useState("");
  const [here, setHere] = useState(false);
  const names = useAttributes(side, here).filter((one) => !taken.includes(one));
  const wanted = text.trim();
  const twice = taken.some((one) => one.toLowerCase() === wanted.toLowerCase());
  const go = () => {
    if (wanted === "" || twice) return;
    add(wanted);
    setText("");
  };
  return (
    <Group gap="xs" align="flex-end">
      <Autocomplete
        label={words.groupAttribute}
        placeholder={words.groupExample}
        data={names}
        limit={50}
        value={text}
        onChange={setText}
        onFocus={() => setHere(true)}
        error={twice ? words.groupTwice : undefined}
        flex="1 1 200px"
      />
      <Button variant="default" leftSection={<IconPlus size={14} aria-hidden />} disabled={wanted === "" || twice} onClick={go}>
        {words.addGroup}
      </Button>
    </Group>
  );
}

/** Return the attributes of *side*, as far as the system can be asked for them. */
function useAttributes(side: string, wanted: boolean): string[] {
  const [connection = "", objects = ""] = side.split(".", 2);
  const query = useQuery({
    queryKey: ["configuration", "fields", connection, objects],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/fields", { params: { path: { connection }, query: { objects } } })),
    enabled: wanted && connection !== "" && objects !== "",
    retry: false,
    staleTime: 60_000,
  });
  return (query.data ?? []).map((one) => one.name);
}
