import { FileInput, Select, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { SubjectList } from "../../api/schema";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { start as words } from "../../texts/templates";

const SHOWN = 8;

/** A list of people as a file: what it names is shown before anything is begun. */
export function UploadList({ list, onList }: { list: SubjectList | null; onList: (list: SubjectList | null) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const reading = useMutation({
    mutationFn: ({ from, column }: { from: File; column: string }) =>
      data(
        api.POST("/api/v1/subject-lists", {
          params: { query: { column } },
          body: "",
          // the file itself: the generated type of a body of bytes is a text
          bodySerializer: () => from,
          headers: { "Content-Type": "application/octet-stream" },
        }),
      ),
    onSuccess: onList,
    onError: () => onList(null),
  });
  const read = (from: File | null, column: string) => {
    setFile(from);
    if (from === null) onList(null);
    else reading.mutate({ from, column });
  };
  return (
    <Stack gap="sm">
      <FileInput label={words.file} description={words.fileHint} clearable clearButtonProps={{ "aria-label": common.remove }} accept=".csv,.txt,.xlsx" value={file} onChange={(next) => read(next, "")} />
      <ProblemNote error={reading.error} />
      {list !== null && (
        <div role="status">
          {list.columns.length > 0 && <Select label={words.column} allowDeselect={false} data={[...new Set(list.columns.filter((one) => one !== ""))]} value={list.column} onChange={(next) => read(file, next ?? "")} mb="xs" />}
          <Text size="sm" fw={600}>
            {[words.found(list.who.length, list.rows), ...(list.repeated > 0 ? [words.repeated(list.repeated)] : []), ...(list.empty > 0 ? [words.blank(list.empty)] : [])].join(" · ")}
          </Text>
          <Text size="sm" c="dimmed" className="mono">
            {list.who.slice(0, SHOWN).join(", ")}
            {list.who.length > SHOWN && ", …"}
          </Text>
        </div>
      )}
    </Stack>
  );
}
