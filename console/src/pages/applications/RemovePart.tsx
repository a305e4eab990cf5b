import { Button, type ButtonProps, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { removePart } from "../../api/draft";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";

interface RemovePartProps extends ButtonProps {
  path: readonly string[];
  label: string;
  title: string;
  text: string;
  /** what the button of the dialog says */
  go?: string;
  onDone?: () => void;
}

/** Takes a part out of the configuration; what uses it is named by the server, and then nothing is changed. */
export function RemovePart({ path, label, title, text, go, onDone, ...look }: RemovePartProps) {
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removePart(queries, path),
    onSuccess: async () => {
      setAsked(false);
      onDone?.();
      await queries.invalidateQueries();
    },
  });
  const close = () => {
    setAsked(false);
    remove.reset();
  };
  return (
    <>
      <Button size="compact-md" variant="default" leftSection={<IconTrash size={16} aria-hidden />} {...look} onClick={() => setAsked(true)}>
        {label}
      </Button>
      <Modal opened={asked} onClose={close} title={title}>
        <Stack gap="sm">
          <Text size="sm">{text}</Text>
          {remove.error !== null && <ProblemNote error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {common.cancel}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              {go ?? label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
