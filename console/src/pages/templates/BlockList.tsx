import { ActionIcon, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { Tree } from "../../api/json";
import { Standing } from "../../components/Facts";
import { RowTable } from "../../components/RowTable";
import { ARROWS, builder as words, fields, KIND_NAMES } from "../../texts/templates";
import { blocksOf, kindOf, levelsOf, outletsOf, startOf, wordsOf } from "./graph";

interface BlockListProps {
  template: Tree;
  mistakes: Readonly<Record<string, number>>;
  onOpen: (name: string) => void;
  onRemove: ((name: string) => void) | undefined;
}

/** The same blocks as rows, in the order that they are come to: everything the graph does, without a picture. */
export function BlockList({ template, mistakes, onOpen, onRemove }: BlockListProps) {
  const blocks = blocksOf(template);
  const rows = [...levelsOf(template)].toSorted((one, other) => one[1] - other[1]).map(([name]) => name);
  return (
    <RowTable
      label={words.label}
      rows={rows}
      rowKey={(name) => name}
      onOpen={onOpen}
      columns={[
        { key: "name", title: words.rename, cell: (name) => name },
        {
          key: "kind",
          title: words.kind,
          cell: (name) => {
            const kind = kindOf(blocks[name] ?? {});
            return (
              <Stack gap={0}>
                <Text size="sm">{kind === null ? "?" : KIND_NAMES[kind]}</Text>
                <Text size="xs" c="dimmed">
                  {wordsOf(blocks[name] ?? {})}
                </Text>
              </Stack>
            );
          },
        },
        { key: "arrows", title: words.arrows, cell: (name) => <Goals block={blocks[name] ?? {}} start={name === startOf(template)} /> },
        { key: "mistakes", title: "", cell: (name) => ((mistakes[name] ?? 0) > 0 ? <Standing kind="bad">{words.wrong(mistakes[name] ?? 0)}</Standing> : "") },
        ...(onRemove === undefined
          ? []
          : [
              {
                key: "remove",
                title: "",
                align: "right" as const,
                cell: (name: string) => (
                  <ActionIcon variant="subtle" color="gray" aria-label={fields.removeRow(name)} onClick={() => onRemove(name)}>
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                ),
              },
            ]),
      ]}
    />
  );
}

function Goals({ block, start }: { block: Tree; start: boolean }) {
  const goals = outletsOf(block).flatMap((word) => (typeof block[word] === "string" ? [words.arrowTo(ARROWS[word], block[word])] : []));
  return <Text size="sm">{[...(start ? [words.start] : []), ...goals].join(" · ")}</Text>;
}
