import { ActionIcon, Button, Card, Group, Select, Stack, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Json, tree, type Tree, withKey } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";
import { automations as words } from "../../texts/automations";
import { BlockFields } from "../templates/BlockFields";
import { withField } from "../templates/edit";
import { Macro } from "../templates/Macro";
import { choicesQuery } from "../templates/queries";
import { FieldScope } from "../templates/scope";
import { Subjects } from "./Subjects";
import { type PartProps, sideOf, standingAt } from "./trigger";

const FRESH: Readonly<Record<keyof typeof words.taskKinds, Tree>> = {
  webhook: { webhook: "" },
  action: { action: {} },
  notify: { notify: "" },
  approval: { approval: {} },
};

/** Several things in order, each with what it waits for; and when what still waits is called off. */
export function TaskList({ value, set, errors }: PartProps) {
  const choices = useQuery(choicesQuery);
  const tasks: readonly Json[] = Array.isArray(value["tasks"]) ? value["tasks"] : [];
  const put = (next: readonly Json[]) => set({ ...value, tasks: next });
  const swapped = (place: number, other: number) => tasks.map((one, here) => (here === place ? (tasks[other] ?? one) : here === other ? (tasks[place] ?? one) : one));
  const event = "event" in tree(value["trigger"]);
  return (
    <Stack gap="sm">
      {(!event || "target" in value) && (
        <TextInput label={words.tasksTarget} description={words.sideHint} required={!event} maw={320} value={String(value["target"] ?? "")} onChange={(typed) => set(withKey(value, "target", typed.currentTarget.value))} error={errors["target"]} />
      )}
      {(!event || "subjects" in value) && <Subjects value={value} set={set} errors={errors} />}
      {tasks.map((one, place) => (
        <Task
          // oxlint-disable-next-line react/no-array-index-key -- a task is known by its place alone
          key={place}
          place={place}
          last={place === tasks.length - 1}
          side={sideOf(value)}
          value={tree(one)}
          choices={choices.data}
          errors={errors}
          set={(next) => put(tasks.map((other, here) => (here === place ? next : other)))}
          move={(by) => put(swapped(place, place + by))}
          remove={() => put(tasks.filter((_, here) => here !== place))}
        />
      ))}
      <Button variant="default" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => put([...tasks, FRESH.webhook])}>
        {words.addTask}
      </Button>
      <CancelledBy value={value} set={set} errors={errors} choices={choices.data} />
    </Stack>
  );
}

function CancelledBy({ value, set, errors, choices }: PartProps & { choices: TemplateChoices | undefined }) {
  const side = sideOf(value);
  const standing = useMemo(() => standingAt(side, choices), [side, choices]);
  const scope = useMemo(() => ({ errors, path: "", readOnly: false, standing }), [errors, standing]);
  return (
    <FieldScope.Provider value={scope}>
      <Macro label={words.cancelledBy} hint={words.cancelledByHint} readOnly={false} error={errors["cancelled_by"]} value={String(value["cancelled_by"] ?? "")} onChange={(text) => set(withKey(value, "cancelled_by", text))} />
    </FieldScope.Provider>
  );
}

interface TaskProps extends PartProps {
  place: number;
  last: boolean;
  side: string;
  choices: TemplateChoices | undefined;
  move: (by: 1 | -1) => void;
  remove: () => void;
}

function Task({ place, last, side, value, set, errors, choices, move, remove }: TaskProps) {
  const path = `tasks.${place}`;
  const standing = useMemo(() => standingAt(side, choices), [side, choices]);
  const scope = useMemo(() => ({ errors, path, readOnly: false, standing }), [errors, path, standing]);
  const kind = (Object.keys(FRESH) as (keyof typeof FRESH)[]).find((one) => one in value) ?? null;
  const { after } = value;
  const waits: Tree = after === undefined ? {} : { after };
  return (
    <Card withBorder padding="sm" role="group" aria-label={words.taskAt(place + 1)}>
      <FieldScope.Provider value={scope}>
        <Stack gap="sm">
          <Group gap="xs" align="flex-start">
            <Select
              label={words.taskKind}
              flex="1 1 160px"
              allowDeselect={false}
              data={Object.entries(words.taskKinds).map(([one, label]) => ({ value: one, label }))}
              value={kind}
              onChange={(next) => next !== null && set({ ...waits, ...FRESH[next as keyof typeof FRESH] })}
              error={errors[path]}
            />
            <TextInput label={words.after} placeholder={words.afterUsual} flex="1 1 120px" value={String(after ?? "")} onChange={(event) => set(withKey(value, "after", event.currentTarget.value))} error={errors[`${path}.after`]} />
            <Group gap={4} mt={24} wrap="nowrap">
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={words.taskUp(place + 1)} disabled={place === 0} onClick={() => move(-1)}>
                <IconArrowUp size={16} aria-hidden />
              </ActionIcon>
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={words.taskDown(place + 1)} disabled={last} onClick={() => move(1)}>
                <IconArrowDown size={16} aria-hidden />
              </ActionIcon>
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={words.removeTask(place + 1)} onClick={remove}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            </Group>
          </Group>
          <BlockFields block={value} set={(key, next) => set(withField(value, key, next))} choices={choices} inTask />
        </Stack>
      </FieldScope.Provider>
    </Card>
  );
}
