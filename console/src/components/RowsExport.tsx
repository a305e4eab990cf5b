import { Anchor, Group, Text } from "@mantine/core";
import { address } from "../api/client";
import { common } from "../texts/common";

const FORMATS = ["csv", "xlsx", "json", "parquet"] as const;

/** The rows that work gave and that are shown, all of them, as a file. */
export function RowsExport({ work, search, tag = "" }: { work: string; search: string; tag?: string }) {
  const query = (format: string) => new URLSearchParams({ format, tag, search }).toString();
  return (
    <Group gap="xs" role="group" aria-label={common.exportRows}>
      <Text size="sm" c="dimmed">
        {common.exportRows}
      </Text>
      {FORMATS.map((format) => (
        <Anchor key={format} size="sm" underline="always" href={address(`/api/v1/works/${work}/rows/file?${query(format)}`)} download aria-label={`${common.exportRows} ${format.toUpperCase()}`}>
          {format.toUpperCase()}
        </Anchor>
      ))}
    </Group>
  );
}
