import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { removePart } from "../../api/draft";
import type { EndpointShown } from "../../api/schema";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { endpointTexts as words } from "../../texts/endpoints";

/** Deletes an endpoint of one's own; one that stands in place of the preset's gives that back. */
export function RemoveEndpoint({ connection, shown }: { connection: string; shown: EndpointShown }) {
  const [asked, setAsked] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removePart(queries, ["connections", connection, "endpoints", shown.name]),
    onSuccess: async () => {
      setAsked(false);
      if (!shown.in_preset) await navigate({ to: "/applications/$name/inbound", params: { name: connection } });
      await queries.invalidateQueries();
    },
  });
  const close = () => {
    setAsked(false);
    remove.reset();
  };
  const label = shown.in_preset ? words.toPreset : words.removeIt;
  return (
    <>
      <Button size="compact-md" variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsked(true)}>
        {label}
      </Button>
      <Modal opened={asked} onClose={close} title={words.removeTitle(shown.name)}>
        <Stack gap="sm">
          <Text size="sm">{words.removeText}</Text>
          {remove.error !== null && <ProblemNote error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {common.cancel}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
