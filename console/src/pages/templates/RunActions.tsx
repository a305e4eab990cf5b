import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { TemplateRun } from "../../api/schema";
import { useMay } from "../../api/session";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { runs as words } from "../../texts/templates";
import { useSteer } from "./steer";

/** What can be done to the whole run now. */
export function RunActions({ run }: { run: TemplateRun }) {
  const maySteer = useMay("steer_runs");
  const mayDecide = useMay("approve");
  const steering = useSteer(run.id);
  const [dialog, setDialog] = useState<"cancel" | "approve" | "reject" | null>(null);
  const waiting = run.counts?.["approval"] ?? 0;
  const again = (run.counts?.["failed"] ?? 0) + (run.counts?.["unknown"] ?? 0);
  const on = run.state === "running" || run.state === "paused";
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="xs">
        {maySteer && run.state === "running" && (
          <Button variant="default" leftSection={<IconPlayerPause size={16} aria-hidden />} loading={steering.isPending} onClick={() => steering.mutate({ kind: "steer", to: "pause" })}>
            {words.pause}
          </Button>
        )}
        {maySteer && run.state === "paused" && (
          <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={steering.isPending} onClick={() => steering.mutate({ kind: "steer", to: "resume" })}>
            {words.resume}
          </Button>
        )}
        {maySteer && again > 0 && run.state !== "cancelled" && (
          <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} loading={steering.isPending} onClick={() => steering.mutate({ kind: "steer", to: "retry" })}>
            {words.retry}
          </Button>
        )}
        {maySteer && on && (
          <Button variant="default" leftSection={<IconX size={16} aria-hidden />} onClick={() => setDialog("cancel")}>
            {words.cancel}
          </Button>
        )}
        {mayDecide && waiting > 0 && (
          <>
            <Button variant="default" onClick={() => setDialog("reject")}>
              {words.reject}
            </Button>
            <Button onClick={() => setDialog("approve")}>{words.approve}</Button>
          </>
        )}
      </Group>
      <ProblemNote error={steering.error} />
      {dialog !== null && <Asked run={run} what={dialog} waiting={waiting} close={() => setDialog(null)} />}
    </Stack>
  );
}

function Asked({ run, what, waiting, close }: { run: TemplateRun; what: "cancel" | "approve" | "reject"; waiting: number; close: () => void }) {
  const steering = useSteer(run.id, close);
  const [text, setText] = useState("");
  const cancel = what === "cancel";
  const go = () => steering.mutate(cancel ? { kind: "steer", to: "cancel", reason: text } : { kind: "decide", approved: what === "approve", note: text });
  return (
    <Modal opened onClose={close} title={cancel ? words.cancelTitle : words[what]}>
      <Stack>
        <Text size="sm">{cancel ? words.cancelText : words.waiting(waiting)}</Text>
        <TextInput label={cancel ? words.reason : words.note} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
        <ProblemNote error={steering.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.close}
          </Button>
          <Button color={what === "approve" ? undefined : "red"} loading={steering.isPending} onClick={go}>
            {cancel ? words.cancel.replace("…", "") : words[what]}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
