import { Stack, Text } from "@mantine/core";
import { useHotkeys, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Tree } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";
import { builder as words } from "../../texts/templates";
import { BlockDrawer } from "./BlockDrawer";
import { BlockList } from "./BlockList";
import { BuilderBar } from "./BuilderBar";
import { added, connected, withoutBlock } from "./edit";
import { GraphView, type Zoom } from "./GraphView";
import { blocksOf, type Spot, startOf } from "./graph";
import { MistakeList } from "./MistakeList";
import { mistakesOf } from "./scope";
import { SettingsDrawer } from "./SettingsDrawer";

export interface Edit {
  change: (template: Tree, tag: string) => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
}

interface BuilderProps {
  template: Tree;
  errors: Readonly<Record<string, string>>;
  choices: TemplateChoices | undefined;
  /** without it nothing can be changed */
  edit?: Edit | undefined;
  /** by what the places of moved blocks are remembered in this browser */
  layoutKey?: string;
}

const NOWHERE: Readonly<Record<string, Spot>> = {};

/** A template as a graph or as a list; a block opens beside it, and what is wrong stands where it is. */
export function Builder({ template, errors, choices, edit, layoutKey = "" }: BuilderProps) {
  const { view, block } = useSearch({ from: "/shell/templates/$name" });
  const navigate = useNavigate({ from: "/templates/$name" });
  const [selected, setSelected] = useState(block ?? startOf(template));
  const [zoom, setZoom] = useState<Zoom>("fit");
  const [settings, setSettings] = useState(false);
  const [moved, setMoved] = useLocalStorage<Readonly<Record<string, Spot>>>({ key: `keepstep-layout-${layoutKey}`, defaultValue: NOWHERE });
  const narrow = useMediaQuery("(max-width: 48em)") ?? false;
  const open = (name: string | undefined) => void navigate({ search: (now) => ({ ...now, block: name }), replace: true });
  const shown = block !== undefined && Object.hasOwn(blocksOf(template), block) ? block : "";
  useHotkeys([
    ["mod+Z", () => edit?.undo?.()],
    ["mod+shift+Z", () => edit?.redo?.()],
    ["mod+Y", () => edit?.redo?.()],
  ]);
  const remove = (name: string) => {
    edit?.change(withoutBlock(template, name), "");
    setSelected(startOf(template));
  };
  const list = view === "list";
  const mistakes = mistakesOf(errors);
  return (
    <Stack gap="sm">
      <BuilderBar
        list={list}
        onList={(next) => void navigate({ search: (now) => ({ ...now, view: next ? "list" : undefined }), replace: true })}
        edit={edit}
        onAdd={(kind) => {
          const more = added(template, kind, selected);
          edit?.change(more.template, "");
          setSelected(more.name);
          open(more.name);
        }}
        onArrange={Object.keys(moved).length > 0 ? () => setMoved(NOWHERE) : undefined}
        zoom={zoom}
        onZoom={setZoom}
        onSettings={() => setSettings(true)}
      />
      {list ? (
        <BlockList template={template} mistakes={mistakes} onOpen={open} onRemove={edit === undefined ? undefined : remove} />
      ) : (
        <>
          <GraphView
            template={template}
            selected={selected}
            onSelect={setSelected}
            onOpen={open}
            onRemove={edit === undefined ? undefined : remove}
            onConnect={edit === undefined ? undefined : (from, word, to) => edit.change(connected(template, from, word, to), "")}
            mistakes={mistakes}
            zoom={zoom === "fit" && narrow ? 0.75 : zoom}
            moved={moved}
            onMoved={edit === undefined ? undefined : (name, spot) => setMoved((now) => ({ ...now, [name]: spot }))}
          />
          {edit !== undefined && (
            <Text size="xs" c="dimmed">
              {words.keys}
            </Text>
          )}
        </>
      )}
      <MistakeList errors={errors} onOpen={open} />
      <BlockDrawer
        key={shown}
        template={template}
        name={shown}
        choices={choices}
        errors={errors}
        readOnly={edit === undefined}
        onChange={(next, tag) => edit?.change(next, tag)}
        onRename={(_, to) => {
          setSelected(to);
          open(to);
        }}
        onClose={() => open(undefined)}
      />
      <SettingsDrawer opened={settings} close={() => setSettings(false)} template={template} errors={errors} choices={choices} edit={edit} />
    </Stack>
  );
}
