import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useDraft } from "../../api/draft";
import { tree } from "../../api/json";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { KeyValueRows } from "../../components/KeyValueRows";
import { LoadingRows } from "../../components/Page";
import { variables as words } from "../../texts/installation";

/** What macros read as `env.NAME`, wherever they stand. */
export function VariablesTab() {
  const draft = useDraft(useMemo(() => ["variables"], []));
  const mayChange = useMay("change_configuration");
  if (draft.loading) return <LoadingRows rows={3} />;
  return (
    <Stack maw={820}>
      <Text size="sm" c="dimmed">
        {words.lead}
      </Text>
      <KeyValueRows label={words.title} value={tree(draft.value)} onChange={draft.set} errors={draft.errors} keyLabel={words.name} valueLabel={words.value} readOnly={!mayChange} />
      <DraftBar draft={draft} />
    </Stack>
  );
}
