import { Badge, Button, Group, Stack, Text, Tree, type TreeNodeData, useTree } from "@mantine/core";
import { IconChevronRight, IconCopy, IconListDetails } from "@tabler/icons-react";
import { useMemo } from "react";
import type { AnswerField } from "../../api/schema";
import { toast } from "../../components/later";
import { common } from "../../texts/common";
import { endpointTexts } from "../../texts/endpoints";
import classes from "./applications.module.css";
import { type FieldNode, grown } from "./endpoint";

const words = endpointTexts.test;

interface FieldTreeProps {
  fields: readonly AnswerField[];
  /** what the list of records can be, as paths of the whole answer */
  lists: readonly AnswerField[];
  onRecords?: ((path: string) => void) | undefined;
  /** what else can be done with a field */
  actions?: readonly { label: string; pick: (path: string) => void }[];
}

/** The fields that an answer holds; one is chosen by the arrow keys or by a click, and used below. */
export function FieldTree({ fields, lists, onRecords, actions }: FieldTreeProps) {
  const byPath = useMemo(() => new Map(fields.map((one, place) => [`${place} ${one.path}`, one])), [fields]);
  const data = useMemo(() => nodes(grown(fields), fields), [fields]);
  const tree = useTree({ initialExpandedState: useMemo(() => open(data), [data]) });
  const chosen = byPath.get(tree.selectedState[0] ?? "");
  return (
    <Stack gap="xs">
      {lists.length > 0 && onRecords !== undefined && (
        <Group gap={6}>
          {lists.map((one) => (
            <Button key={one.path} size="compact-sm" variant="default" leftSection={<IconListDetails size={14} aria-hidden />} onClick={() => onRecords(one.path)}>
              {words.useRecords}: <span className="mono">&nbsp;{one.path || "[ ]"}</span>
            </Button>
          ))}
        </Group>
      )}
      <Tree
        data={data}
        tree={tree}
        selectOnClick
        levelOffset={18}
        aria-label={words.fieldsOf}
        className={classes["tree"] ?? ""}
        renderNode={({ node, expanded, hasChildren, elementProps }) => (
          <Group gap={6} wrap="nowrap" {...elementProps} className={`${elementProps.className} ${classes["node"] ?? ""}`}>
            <IconChevronRight size={14} aria-hidden style={{ visibility: hasChildren ? "visible" : "hidden", transform: expanded ? "rotate(90deg)" : undefined, flex: "none" }} />
            {node.label}
          </Group>
        )}
      />
      <Group gap="xs" mih={30} role="status">
        {chosen === undefined ? (
          <Text size="sm" c="dimmed">
            {words.pick}
          </Text>
        ) : (
          <>
            <Text size="sm" className="mono">
              {chosen.path || "[ ]"}
            </Text>
            {chosen.usable &&
              chosen.path !== "" &&
              actions?.map((one) => (
                <Button key={one.label} size="compact-sm" variant="light" onClick={() => one.pick(chosen.path)}>
                  {one.label}
                </Button>
              ))}
            {chosen.usable && chosen.path !== "" && (
              <Button size="compact-sm" variant="default" leftSection={<IconCopy size={14} aria-hidden />} onClick={() => void copy(chosen.path)}>
                {words.copyPath}
              </Button>
            )}
          </>
        )}
      </Group>
    </Stack>
  );
}

async function copy(path: string): Promise<void> {
  await navigator.clipboard.writeText(path);
  void toast({ message: common.copied });
}

function nodes(found: readonly FieldNode[], fields: readonly AnswerField[]): TreeNodeData[] {
  return found.map((one) => ({
    value: `${fields.indexOf(one.field)} ${one.field.path}`,
    label: <FieldLabel one={one} />,
    children: nodes(one.children, fields),
  }));
}

function open(data: readonly TreeNodeData[], depth = 0): Record<string, boolean> {
  return Object.assign({}, ...data.map((one) => ({ [one.value]: depth < 2, ...open(one.children ?? [], depth + 1) })));
}

function FieldLabel({ one }: { one: FieldNode }) {
  const { field } = one;
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <Text span size="sm" fw={550} className="mono" style={{ whiteSpace: "nowrap" }}>
        {one.label || "[ ]"}
      </Text>
      <Badge size="xs" variant="light" color="gray" tt="none" style={{ flex: "none" }}>
        {field.types.join(" · ")}
      </Badge>
      {typeof field.items === "number" && (
        <Text span size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {words.items(field.items)}
        </Text>
      )}
      {field.example !== "" && (
        <Text span size="xs" c="dimmed" truncate>
          {field.example}
        </Text>
      )}
      {field.present !== field.looked && (
        <Text span size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {words.present(field.present, field.looked)}
        </Text>
      )}
    </Group>
  );
}
