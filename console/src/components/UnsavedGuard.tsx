import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { common } from "../texts/common";

/** Asks before somebody leaves what is not saved, by a link, by Back, or by closing the tab. */
export function UnsavedGuard({ changed }: { changed: boolean }) {
  const blocker = useBlocker({
    // tabs and filters of the same page are search parameters: nothing is lost by them
    shouldBlockFn: ({ current, next }) => changed && current.pathname !== next.pathname,
    enableBeforeUnload: changed,
    withResolver: true,
  });
  const words = common.unsaved;
  return (
    <Modal opened={blocker.status === "blocked"} onClose={() => blocker.reset?.()} title={words.title}>
      <Text size="sm">{words.text}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
          {words.stay}
        </Button>
        <Button color="red" onClick={() => blocker.proceed?.()}>
          {words.leave}
        </Button>
      </Group>
    </Modal>
  );
}
