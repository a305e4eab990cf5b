import { Button, Code, Drawer, Group, Modal, SegmentedControl, Stack, Text, TextInput, Timeline } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { BlockStep, SubjectRun, TemplateRun } from "../../api/schema";
import { useMay } from "../../api/session";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { duration, Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { runs as words, STEP_STATES, SUBJECT_STATES } from "../../texts/templates";
import { useSteer } from "./steer";
import classes from "./templates.module.css";
import { LOOKS } from "./SubjectTable";
import { subjectQuery } from "./TemplateRunPage";

const STEP_LOOKS: Readonly<Record<string, "good" | "bad" | "warn" | "busy" | "calm">> = { begun: "busy", succeeded: "good", failed: "bad", skipped: "calm", unknown: "bad" };

/** One person of a run: every block that was carried out for them, with what was sent and what came back. */
export function SubjectDrawer({ run, position, close }: { run: TemplateRun; position: string | undefined; close: () => void }) {
  const query = useQuery({ ...subjectQuery(run.id, position ?? ""), enabled: position !== undefined });
  const name = query.data?.subject.name ?? "";
  return (
    <Drawer opened={position !== undefined} onClose={close} title={words.steps(name)} size="lg" overlayProps={{ backgroundOpacity: 0.1 }}>
      <Loaded query={query}>
        {({ subject, steps }) => (
          <Stack>
            <Group gap="sm">
              <Standing kind={LOOKS[subject.state]}>{SUBJECT_STATES[subject.state]}</Standing>
              <Text size="sm">{subject.block}</Text>
            </Group>
            {subject.detail !== "" && <Text size="sm">{subject.detail}</Text>}
            <SubjectActions run={run} subject={subject} steps={steps} />
            {steps.length === 0 ? <Empty title={words.noStep} /> : <Steps steps={steps} />}
          </Stack>
        )}
      </Loaded>
    </Drawer>
  );
}

function Steps({ steps }: { steps: readonly BlockStep[] }) {
  return (
    <Timeline bulletSize={14} lineWidth={2} active={steps.length}>
      {steps.map((step) => (
        <Timeline.Item
          key={step.execution}
          title={
            <Group gap="xs">
              <Text fw={600} size="sm">
                {step.block}
              </Text>
              <Standing kind={STEP_LOOKS[step.state] ?? "calm"}>{STEP_STATES[step.state] ?? step.state}</Standing>
            </Group>
          }
        >
          <Text size="xs" c="dimmed">
            <Moment at={step.begun_at} exact /> · {duration(step.seconds)}
            {step.attempts > 1 && ` · ${words.attempts(step.attempts)}`}
          </Text>
          {step.detail !== "" && <Text size="sm">{step.detail}</Text>}
          <Told label={words.request} text={step.request} />
          <Told label={words.answer} text={step.answer} />
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function Told({ label, text }: { label: string; text: string }) {
  if (text === "") return null;
  return (
    <>
      <Text size="xs" fw={600} mt={6}>
        {label}
      </Text>
      <Code block className={classes["code"] ?? ""} tabIndex={0} role="region" aria-label={label}>
        {text}
      </Code>
    </>
  );
}

function SubjectActions({ run, subject, steps }: { run: TemplateRun; subject: SubjectRun; steps: readonly BlockStep[] }) {
  const maySteer = useMay("steer_runs");
  const mayDecide = useMay("approve");
  const steering = useSteer(run.id);
  const [skipping, setSkipping] = useState(false);
  const who = String(subject.position);
  const stuck = subject.state === "failed" || subject.state === "unknown";
  const decides = mayDecide && subject.state === "approval";
  // one who failed is passed over the block that failed, not over the end that this led to
  const block = subject.state === "failed" ? (steps.findLast((step) => step.state === "failed")?.block ?? subject.block) : subject.block;
  const skips = maySteer && subject.state !== "succeeded" && subject.state !== "cancelled" && run.state !== "cancelled";
  return (
    <>
      <Group gap="xs">
        {maySteer && stuck && run.state !== "cancelled" && (
          <Button size="xs" variant="default" loading={steering.isPending} onClick={() => steering.mutate({ kind: "steer", to: "retry", who: [who] })}>
            {words.retryOne}
          </Button>
        )}
        {skips && (
          <Button size="xs" variant="default" onClick={() => setSkipping(true)}>
            {words.skip}
          </Button>
        )}
        {decides && (
          <>
            <Button size="xs" variant="default" loading={steering.isPending} onClick={() => steering.mutate({ kind: "decide", approved: false, note: "", who: [who] })}>
              {words.reject}
            </Button>
            <Button size="xs" loading={steering.isPending} onClick={() => steering.mutate({ kind: "decide", approved: true, note: "", who: [who] })}>
              {words.approve}
            </Button>
          </>
        )}
      </Group>
      <ProblemNote error={steering.error} />
      {skipping && <Skip run={run} who={who} block={block} close={() => setSkipping(false)} />}
    </>
  );
}

function Skip({ run, who, block, close }: { run: TemplateRun; who: string; block: string; close: () => void }) {
  const steering = useSteer(run.id, close);
  const [reason, setReason] = useState("");
  const [success, setSuccess] = useState(true);
  return (
    <Modal opened onClose={close} title={words.skip}>
      <Stack>
        <Text size="sm">{words.skipText(block)}</Text>
        <SegmentedControl
          aria-label={words.as}
          value={success ? "yes" : "no"}
          onChange={(next) => setSuccess(next === "yes")}
          data={[
            { value: "yes", label: words.success },
            { value: "no", label: words.failure },
          ]}
        />
        <TextInput label={words.reason} required value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
        <ProblemNote error={steering.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button disabled={reason === ""} loading={steering.isPending} onClick={() => steering.mutate({ kind: "skip", who, block, reason, success })}>
            {words.skip}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
