import { Button, Card, Group, Select, Stack, TagsInput, Text, Title } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Tree } from "../../api/json";
import type { Previewed } from "../../api/schema";
import { Standing } from "../../components/Facts";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { comparison } from "../../texts/comparison";
import { mappings as words } from "../../texts/mappings";

/** What the mapping, as it stands in the page, makes of real people; nothing is written. */
export function MappingPreview({ rules, mapping }: { rules: readonly string[]; mapping: Tree | null }) {
  const [rule, setRule] = useState(rules[0] ?? "");
  const [people, setPeople] = useState<string[]>([]);
  const looking = useMutation({
    mutationFn: () => data(api.POST("/api/v1/mapping-previews", { body: { rule, people, limit: 5, mapping: mapping as Record<string, never> | null } })),
  });
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={3} size="h4">
          {words.preview}
        </Title>
        <Group align="flex-end">
          {rules.length > 1 && <Select label={words.rule} allowDeselect={false} data={[...rules]} value={rule} onChange={(next) => next !== null && setRule(next)} />}
          <TagsInput label={words.people} description={words.peopleHint} value={people} onChange={setPeople} style={{ flex: "1 1 260px" }} />
          <Button variant="light" leftSection={<IconEye size={16} aria-hidden />} onClick={() => looking.mutate()} loading={looking.isPending}>
            {words.look}
          </Button>
        </Group>
        <ProblemNote error={looking.error} />
        {looking.data !== undefined && (
          <RowTable
            label={words.preview}
            rows={looking.data}
            rowKey={(row) => row.key}
            columns={[
              { key: "who", title: comparison.who, cell: (row) => <Text size="sm">{row.name}</Text> },
              { key: "made", title: words.rows, cell: (row) => <Made row={row} /> },
            ]}
            empty={<Empty title={words.nobody} />}
          />
        )}
      </Stack>
    </Card>
  );
}

function Made({ row }: { row: Previewed }) {
  return (
    <Stack gap={2}>
      {row.left_out !== "" && (
        <Standing kind="warn">
          {words.leftOut}: {row.left_out}
        </Standing>
      )}
      {Object.entries(row.attributes ?? {}).map(([name, values]) => (
        <Text key={name} size="sm">
          <Text span size="xs" c="dimmed">
            {name}
          </Text>{" "}
          <b>{values.length === 0 ? words.nothing : values.join(", ")}</b>
        </Text>
      ))}
    </Stack>
  );
}
