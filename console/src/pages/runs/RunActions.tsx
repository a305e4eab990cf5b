import { Button, Group, Modal, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconArrowBackUp, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { RunResults } from "../../api/schema";
import { useMay } from "../../api/session";
import { useAskWork } from "../../api/works";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { runs as words } from "../../texts/plans";

interface ActionProps {
  found: RunResults;
  busy: boolean;
}

/** What can be done about a run: stop it while it goes on; afterwards plan what is left, or the way back. */
export function RunActions(props: ActionProps) {
  const [asked, setAsked] = useState<"cancel" | "undo" | null>(null);
  const mayPlan = useMay("make_plans");
  const maySteer = useMay("steer_runs");
  const { found, busy } = props;
  const running = found.run.state === "running";
  const left = (found.counts.refused ?? 0) + (found.counts.failed ?? 0) + (found.counts.stale ?? 0);
  return (
    <>
      {running && maySteer && (
        <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={() => setAsked("cancel")}>
          {words.cancel}
        </Button>
      )}
      {!running && mayPlan && left > 0 && <Retry {...props} />}
      {!running && mayPlan && (found.counts.done ?? 0) > 0 && (
        <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => setAsked("undo")} disabled={busy}>
          {words.undo}
        </Button>
      )}
      {asked === "undo" && <UndoDialog found={found} close={() => setAsked(null)} />}
      {asked === "cancel" && <CancelDialog found={found} close={() => setAsked(null)} />}
    </>
  );
}

function useFollowed(run: string) {
  const navigate = useNavigate();
  return (work: { id: string }) => void navigate({ to: "/runs/$run", params: { run }, search: { work: work.id } });
}

function Retry({ found, busy }: ActionProps) {
  const asking = useAskWork(useFollowed(found.run.id));
  return (
    <Stack gap={4}>
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
        disabled={busy}
        loading={asking.isPending}
        title={words.retryText}
        onClick={() => asking.mutate({ kind: "plan", rule: found.run.rule, accept_size: false, retry_refused: true })}
      >
        {words.retry}
      </Button>
      <ProblemNote error={asking.error} />
    </Stack>
  );
}

interface DialogProps {
  found: RunResults;
  close: () => void;
}

function UndoDialog({ found, close }: DialogProps) {
  const [disable, setDisable] = useState(false);
  const follow = useFollowed(found.run.id);
  const asking = useAskWork((work) => {
    close();
    follow(work);
  });
  return (
    <Modal opened onClose={close} title={words.undoTitle}>
      <Stack>
        <Text size="sm">{words.undoText}</Text>
        <Switch label={words.undoDisable} checked={disable} onChange={(event) => setDisable(event.currentTarget.checked)} />
        <ProblemNote error={asking.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button data-autofocus loading={asking.isPending} onClick={() => asking.mutate({ kind: "undo", run: found.run.id, disable_created: disable })}>
            {words.undo.replace("…", "")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function CancelDialog({ found, close }: DialogProps) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const cancelling = useMutation({
    mutationFn: () => data(api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run: found.run.id } }, body: { reason } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["runs"] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={words.cancelTitle}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          cancelling.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{words.cancelText}</Text>
          <TextInput label={words.cancelReason} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
          <ProblemNote error={cancelling.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {words.goOn}
            </Button>
            <Button type="submit" color="red" loading={cancelling.isPending}>
              {words.cancel.replace("…", "")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
