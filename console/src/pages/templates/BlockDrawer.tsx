import { Alert, Button, Divider, Drawer, Group, List, Select, Stack, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Json, Tree } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";
import { builder as words, GOALS, KIND_HINTS, KIND_NAMES } from "../../texts/templates";
import { BlockFields } from "./BlockFields";
import { asKind, BLOCK_NAME, connected, renamed, withBlock, withField, withoutBlock } from "./edit";
import { blocksOf, KINDS, kindOf, outletsOf, startOf } from "./graph";
import { field, FieldScope, left, standingOf } from "./scope";

interface BlockDrawerProps {
  template: Tree;
  name: string;
  choices: TemplateChoices | undefined;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  /** *tag*: what the change was of, so that typing in one field is one step to undo */
  onChange: (template: Tree, tag: string) => void;
  onRename: (from: string, to: string) => void;
  onClose: () => void;
}

/** One block with its fields; each change is in the graph at once, and in force only once it is saved. */
export function BlockDrawer(props: BlockDrawerProps) {
  const { template, name, onChange, onClose, readOnly } = props;
  const block = blocksOf(template)[name];
  const kind = block === undefined ? null : kindOf(block);
  const path = `blocks.${name}`;
  const { errors } = props;
  const { choices } = props;
  const standing = useMemo(() => standingOf(template, name, choices, words.gives), [template, name, choices]);
  const scope = useMemo(() => ({ errors, path, readOnly, standing }), [errors, path, readOnly, standing]);
  const set = (key: string, value: Json | undefined) => {
    if (block !== undefined) onChange(withBlock(template, name, withField(block, key, value)), `${path}.${key}`);
  };
  return (
    <Drawer opened={block !== undefined} onClose={onClose} title={name} size="md" overlayProps={{ backgroundOpacity: 0.15 }}>
      {block !== undefined && (
        <FieldScope.Provider value={scope}>
          <Stack gap="sm">
            <NameField {...props} />
            <Select
              label={words.kind}
              description={kind === null ? undefined : KIND_HINTS[kind]}
              data={KINDS.map((one) => ({ value: one, label: KIND_NAMES[one] }))}
              value={kind}
              allowDeselect={false}
              readOnly={readOnly}
              onChange={(next) => {
                const chosen = KINDS.find((one) => one === next);
                if (chosen !== undefined) onChange(withBlock(template, name, asKind(block, chosen)), "");
              }}
            />
            <TextInput label={words.title} value={typeof block["title"] === "string" ? block["title"] : ""} readOnly={readOnly} onChange={(event) => set("title", event.currentTarget.value || undefined)} error={field(props.errors, `${path}.title`)} />
            <Divider />
            <BlockFields block={block} set={set} choices={props.choices} />
            <ArrowFields {...props} block={block} />
            <Rest errors={props.errors} path={path} block={block} />
            {!readOnly && (
              <Group justify="space-between" mt="sm">
                <Button variant="default" disabled={startOf(template) === name} onClick={() => onChange({ ...template, start: name }, "")}>
                  {words.makeStart}
                </Button>
                <Button
                  variant="light"
                  color="red"
                  onClick={() => {
                    onClose();
                    onChange(withoutBlock(template, name), "");
                  }}
                >
                  {words.removeBlock}
                </Button>
              </Group>
            )}
          </Stack>
        </FieldScope.Provider>
      )}
    </Drawer>
  );
}

/** The name is changed when the field is left: every arrow and every text that names the block follows. */
function NameField({ template, name, onChange, onRename, readOnly }: BlockDrawerProps) {
  const [typed, setTyped] = useState(name);
  const taken = typed !== name && Object.hasOwn(blocksOf(template), typed);
  const good = BLOCK_NAME.test(typed) && !taken;
  const done = () => {
    if (!good || typed === name) return;
    onChange(renamed(template, name, typed), "");
    onRename(name, typed);
  };
  return (
    <TextInput
      label={words.rename}
      value={typed}
      readOnly={readOnly}
      error={good ? undefined : taken ? words.nameTaken : words.nameWrong}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") done();
      }}
    />
  );
}

function ArrowFields({ template, name, block, errors, readOnly, onChange }: BlockDrawerProps & { block: Tree }) {
  const outlets = outletsOf(block);
  if (outlets.length === 0) return null;
  const others = Object.keys(blocksOf(template)).filter((one) => one !== name);
  return (
    <>
      <Divider label={words.arrows} labelPosition="left" mt="xs" />
      {outlets.map((word) => {
        const goal = block[word];
        const known = typeof goal === "string" && !others.includes(goal) ? [...others, goal] : others;
        return (
          <Select
            key={word}
            label={GOALS[word]}
            placeholder={words.nothing}
            data={known}
            value={typeof goal === "string" ? goal : null}
            searchable
            clearable={!readOnly}
            readOnly={readOnly}
            error={field(errors, `blocks.${name}.${word}`)}
            onChange={(next) => onChange(connected(template, name, word, next ?? undefined), "")}
          />
        );
      })}
    </>
  );
}

/** What is wrong with the block and stands beside none of its fields. */
function Rest({ errors, path, block }: { errors: Readonly<Record<string, string>>; path: string; block: Tree }) {
  const rest = left(errors, path, block);
  if (rest.length === 0) return null;
  return (
    <Alert color="red" title={words.also}>
      <List size="sm">
        {rest.map((one) => (
          <List.Item key={one}>{one}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
