import { Button, type ButtonProps } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { removePart } from "../api/draft";
import { ConfirmDialog } from "./ConfirmDialog";

interface RemovePartProps extends ButtonProps {
  path: readonly string[];
  label: string;
  title: string;
  text: string;
  /** what the button of the dialog says */
  go?: string;
  /** where to go then: away from what is no longer there, before anything is read again */
  onDone?: () => void | Promise<void>;
}

/** Takes a part out of the configuration; what uses it is named by the server, and then nothing is changed. */
export function RemovePart({ path, label, title, text, go, onDone, ...look }: RemovePartProps) {
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removePart(queries, path),
    onSuccess: async () => {
      setAsked(false);
      await onDone?.();
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
      {asked && <ConfirmDialog title={title} text={text} go={go ?? label} danger busy={remove.isPending} error={remove.error} onGo={() => remove.mutate()} close={close} />}
    </>
  );
}
