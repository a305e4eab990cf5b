import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { removePart } from "../../api/draft";
import { ProblemNote } from "../../components/ProblemNote";
import { applications } from "../../texts/applications";
import { common } from "../../texts/common";

const words = applications.remove;

/** Takes a connection out of the configuration; what uses it is named by the server, and then nothing is changed. */
export function RemoveButton({ name }: { name: string }) {
  const [asked, setAsked] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removePart(queries, ["connections", name]),
    onSuccess: async () => {
      await navigate({ to: "/applications" });
      await queries.invalidateQueries();
    },
  });
  const close = () => {
    setAsked(false);
    remove.reset();
  };
  return (
    <Group justify="flex-end">
      <Button variant="subtle" color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsked(true)}>
        {words.button}
      </Button>
      <Modal opened={asked} onClose={close} title={words.title(name)}>
        <Stack gap="sm">
          <Text size="sm">{words.text}</Text>
          {remove.error !== null && <ProblemNote error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {common.cancel}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              {words.go}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
