import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { common } from "../texts/common";
import { ProblemNote } from "./ProblemNote";

interface ConfirmProps {
  title: string;
  text: string;
  go: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onGo: () => void;
  close: () => void;
}

/** One question before something is done that is not easily taken back. */
export function ConfirmDialog({ title, text, go, danger = false, busy, error, onGo, close }: ConfirmProps) {
  return (
    <Modal opened onClose={close} title={title}>
      <Stack>
        <Text size="sm">{text}</Text>
        <ProblemNote error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {common.cancel}
          </Button>
          <Button color={danger ? "red" : "step"} loading={busy} onClick={onGo}>
            {go}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
