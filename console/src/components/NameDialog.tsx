import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { common } from "../texts/common";

interface NameDialogProps {
  title: string;
  label: string;
  hint: string;
  /** what the button says */
  action?: string;
  go: (name: string) => void;
  close: () => void;
}

/** Asks how something new is called; the page of that name is where it is made. */
export function NameDialog({ title, label, hint, action = common.add, go, close }: NameDialogProps) {
  const [name, setName] = useState("");
  return (
    <Modal opened onClose={close} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(name.trim());
        }}
      >
        <Stack>
          <TextInput
            label={label}
            description={hint}
            required
            pattern="[a-z][a-z0-9\-]*"
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit">{action}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
