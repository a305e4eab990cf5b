import { Button, Card, Group, Select, Stack, Text, Title } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Tree } from "../../api/json";
import type { Previewed } from "../../api/schema";
import { Standing } from "../../components/Facts";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { comparison } from "../../texts/comparison";
import { mappings as words } from "../../texts/mappings";
import type { Reading } from "./reading";
import { WhomField } from "./WhomField";

interface MappingPreviewProps {
  reading: Reading;
  into: string;
  /** the mapping as it stands in the page, its name where that is what is in force, or nothing to look at */
  mapping: Tree | string | null;
}

/** What the mapping, as it stands in the page, makes of real people; nothing is written. */
export function MappingPreview({ reading, into, mapping }: MappingPreviewProps) {
  const { rules, rule, source, sides, whom } = reading;
  const looking = useMutation({
    mutationFn: () => {
      const between = rule === "" ? { rule, source, target: into } : { rule };
      const tried = typeof mapping === "string" || mapping === null ? mapping : { ...mapping };
      return data(api.POST("/api/v1/mapping-previews", { body: { ...between, mapping: tried, people: whom.value.map((one) => one.key), limit: 5 } }));
    },
  });
  return (
    <Card withBorder component="section" aria-label={words.preview}>
      <Stack gap="sm">
        <Title order={3} size="h4">
          {words.preview}
        </Title>
        <Group align="flex-end">
          {rules.length > 1 && <Select label={words.rule} allowDeselect={false} data={[...rules]} value={rule} onChange={(next) => next !== null && reading.choose({ rule: next })} />}
          {rules.length === 0 && (
            <Select label={words.source} description={words.sourceHint} searchable allowDeselect={false} data={[...sides]} value={source === "" ? null : source} onChange={(next) => next !== null && reading.choose({ source: next })} />
          )}
          <Button variant="light" leftSection={<IconEye size={16} aria-hidden />} onClick={() => looking.mutate()} loading={looking.isPending} disabled={source === "" || mapping === null}>
            {words.look}
          </Button>
        </Group>
        <WhomField source={source} whom={whom} />
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
