import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { PlanSummary } from "../../api/schema";
import { useMay } from "../../api/session";
import { useAskWork } from "../../api/works";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { plans as words } from "../../texts/plans";

/** Above so many changes, whoever applies a plan types how many they are. */
export const MANY = 20;

/** The last question before a plan is carried out: exactly it, by its whole digest. */
export function ApplyDialog({ plan, close }: { plan: PlanSummary; close: () => void }) {
  const navigate = useNavigate({ from: "/plans/$digest" });
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const mayOverride = useMay("override_guards");
  const beyond = plan.guards.length > 0;
  const asking = useAskWork((work) => {
    close();
    void navigate({ search: (now) => ({ ...now, work: work.id }) });
  });
  const counted = plan.changes <= MANY || typed.trim() === String(plan.changes);
  const ready = counted && (!beyond || (mayOverride && reason.trim() !== ""));
  const apply = () => asking.mutate({ kind: "apply", plan: plan.digest, override: beyond ? reason.trim() : "", ask_again: false });
  return (
    <Modal opened onClose={close} title={words.applyTitle(plan.changes)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) apply();
        }}
      >
        <Stack>
          <Text size="sm">{words.applyText(plan.rule)}</Text>
          <ProblemNote error={asking.error} />
          {beyond && (
            <>
              <Alert color="orange">{mayOverride ? words.overrideText : plan.guards.join("; ")}</Alert>
              {mayOverride && (
                <TextInput label={words.override} required data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
              )}
            </>
          )}
          {plan.changes > MANY && (
            <TextInput
              label={words.typeCount(plan.changes)}
              inputMode="numeric"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              {...(beyond && mayOverride ? {} : { "data-autofocus": true })}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit" disabled={!ready} loading={asking.isPending} color={beyond ? "red" : "step"}>
              {words.apply.replace("…", "")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
