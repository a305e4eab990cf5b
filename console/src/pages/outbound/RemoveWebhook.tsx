import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { removePart } from "../../api/draft";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { outbound as words } from "../../texts/outbound";

/** Takes an own webhook away; one that stands in place of a ready-made one gives that back. */
export function RemoveWebhook({ connection, webhook, inPreset }: { connection: string; webhook: string; inPreset: boolean }) {
  const [asked, setAsked] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removePart(queries, ["connections", connection, "webhooks", webhook]),
    onSuccess: async () => {
      setAsked(false);
      if (!inPreset) await navigate({ to: "/applications/$name/outbound", params: { name: connection } });
      await queries.invalidateQueries();
    },
  });
  const label = inPreset ? words.toPreset : words.remove;
  const title = inPreset ? words.toPresetTitle(webhook) : words.removeTitle(webhook);
  return (
    <>
      <Button size="compact-md" variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsked(true)}>
        {label}
      </Button>
      {asked && <ConfirmDialog title={title} text={inPreset ? words.toPresetText : words.removeText} go={label} danger busy={remove.isPending} error={remove.error} onGo={() => remove.mutate()} close={() => { setAsked(false); remove.reset(); }} />}
    </>
  );
}
