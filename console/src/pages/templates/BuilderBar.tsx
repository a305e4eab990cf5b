import { ActionIcon, Button, Group, Menu, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { type Icon, IconArrowBackUp, IconArrowForwardUp, IconLayoutGrid, IconMaximize, IconMinus, IconPlus, IconSettings } from "@tabler/icons-react";
import { builder as words, KIND_HINTS, KIND_NAMES } from "../../texts/templates";
import { ICONS } from "./BlockBox";
import type { Edit } from "./Builder";
import type { Zoom } from "./GraphView";
import { type Kind, KINDS } from "./graph";

interface BuilderBarProps {
  list: boolean;
  onList: (list: boolean) => void;
  edit: Edit | undefined;
  onAdd: (kind: Kind) => void;
  onArrange: (() => void) | undefined;
  zoom: Zoom;
  onZoom: (zoom: Zoom) => void;
  onSettings: () => void;
}

/** What can be done with the graph as a whole. */
export function BuilderBar(props: BuilderBarProps) {
  const { list, onList, edit, zoom, onZoom } = props;
  const by = (factor: number) => onZoom(Math.min(2, Math.max(0.3, (typeof zoom === "number" ? zoom : 1) * factor)));
  return (
    <Group gap="xs" justify="space-between">
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={words.view}
          value={list ? "list" : "graph"}
          onChange={(next) => onList(next === "list")}
          data={[
            { value: "graph", label: words.asGraph },
            { value: "list", label: words.asList },
          ]}
        />
        {edit !== undefined && <AddMenu onAdd={props.onAdd} />}
        <Button size="xs" variant="default" leftSection={<IconSettings size={15} aria-hidden />} onClick={props.onSettings}>
          {words.settings}
        </Button>
      </Group>
      <Group gap={4}>
        {edit !== undefined && <Tool icon={IconArrowBackUp} label={words.undo} onClick={edit.undo} />}
        {edit !== undefined && <Tool icon={IconArrowForwardUp} label={words.redo} onClick={edit.redo} />}
        {!list && (
          <>
            {edit !== undefined && <Tool icon={IconLayoutGrid} label={words.layout} onClick={props.onArrange} />}
            <Tool icon={IconMinus} label={words.smaller} onClick={() => by(0.8)} />
            <Tool icon={IconPlus} label={words.larger} onClick={() => by(1.25)} />
            <Tool icon={IconMaximize} label={words.fit} onClick={() => onZoom(zoom === "all" ? "fit" : "all")} />
          </>
        )}
      </Group>
    </Group>
  );
}

function Tool({ icon: Sign, label, onClick }: { icon: Icon; label: string; onClick: (() => void) | undefined }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="md" aria-label={label} disabled={onClick === undefined} onClick={onClick}>
        <Sign size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

function AddMenu({ onAdd }: { onAdd: (kind: Kind) => void }) {
  return (
    <Menu width={300} position="bottom-start">
      <Menu.Target>
        <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />}>
          {words.add}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {KINDS.map((kind) => {
          const Sign = ICONS[kind];
          return (
            <Menu.Item key={kind} leftSection={<Sign size={17} stroke={1.6} aria-hidden />} onClick={() => onAdd(kind)}>
              {KIND_NAMES[kind]}
              <Text size="xs" c="dimmed">
                {KIND_HINTS[kind]}
              </Text>
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
