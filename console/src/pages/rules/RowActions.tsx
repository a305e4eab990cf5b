import { Alert, Button, Group, Modal, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api, data } from "../../api/client";
import type { Work } from "../../api/schema";
import { useMay } from "../../api/session";
import { isOver, useAskWork, useWork } from "../../api/works";
import { ProblemNote } from "../../components/ProblemNote";
import { WorkProgress } from "../../components/WorkProgress";
import { common } from "../../texts/common";
import { comparison as words } from "../../texts/comparison";
import type { ComparisonRow } from "./comparison";

interface RowActionsProps {
  rule: string;
  work: string;
  rows: readonly ComparisonRow[];
  done: (told: string) => void;
}

type Action = "ignore" | "heed" | "link" | "unlink";

/** What can be done about chosen rows. Nothing of it writes to either side: what would is a plan, to be read first. */
export function RowActions({ rule, work, rows, done }: RowActionsProps) {
  const [dialog, setDialog] = useState<"ignore" | "link" | null>(null);
  const acting = useMutation({
    mutationFn: (asked: { action: Action; reason?: string; until?: string; to?: string }) =>
      data(
        api.POST("/api/v1/rules/{rule}/row-actions", {
          params: { path: { rule } },
          body: {
            work,
            rows: rows.map((one) => one.number),
            action: asked.action,
            reason: asked.reason ?? "",
            to: asked.to ?? "",
            until: asked.until ?? null,
          },
        }),
      ),
    onSuccess: (outcomes) => {
      setDialog(null);
      const refused = outcomes.filter((one) => one.refused !== "");
      const told = [words.done(outcomes.length - refused.length), ...refused.map((one) => words.refused(one.name, one.refused ?? ""))];
      done(told.join(" "));
    },
  });
  const mayPair = useMay("pair_accounts");
  const standing = new Set(rows.map((one) => one.standing));
  const [only] = rows;
  return (
    <Paper withBorder p="xs">
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {words.chosen(rows.length)}
        </Text>
        {mayPair && !standing.has("ignored") && !standing.has("in_step") && (
          <Button size="compact-sm" variant="default" onClick={() => setDialog("ignore")}>
            {words.ignore}
          </Button>
        )}
        {mayPair && standing.size === 1 && standing.has("ignored") && (
          <Button size="compact-sm" variant="default" onClick={() => acting.mutate({ action: "heed" })} loading={acting.isPending}>
            {words.heed}
          </Button>
        )}
        {mayPair && rows.length === 1 && only?.sourceKey !== "" && (
          <Button size="compact-sm" variant="default" onClick={() => setDialog("link")}>
            {words.link}
          </Button>
        )}
        {mayPair && rows.every((one) => one.sourceKey !== "" && one.targetKey !== "") && (
          <Button size="compact-sm" variant="default" onClick={() => acting.mutate({ action: "unlink" })} loading={acting.isPending}>
            {words.unlink}
          </Button>
        )}
      </Group>
      <PlanRows rule={rule} rows={rows} />
      {dialog === null && <ProblemNote error={acting.error} />}
      {dialog === "ignore" && (
        <IgnoreDialog
          count={rows.length}
          busy={acting.isPending}
          error={acting.error}
          go={(reason, until) => acting.mutate({ action: "ignore", reason, until })}
          close={() => setDialog(null)}
        />
      )}
      {dialog === "link" && only !== undefined && (
        <LinkDialog name={only.name} busy={acting.isPending} error={acting.error} go={(to) => acting.mutate({ action: "link", to })} close={() => setDialog(null)} />
      )}
    </Paper>
  );
}

const PLANNED = ["create", "update", "disable", "delete"] as const;

/** Plans one kind of change for these rows and nothing else; the plan is read before it is applied. */
function PlanRows({ rule, rows }: { rule: string; rows: readonly ComparisonRow[] }) {
  const mayPlan = useMay("make_plans");
  const navigate = useNavigate();
  const asking = useAskWork();
  const id = asking.data?.id;
  const work = useWork(id).data;
  const done = useCallback(
    (over: Work) => {
      const digest = over.result?.["plan"];
      if (digest !== undefined) void navigate({ to: "/plans/$digest", params: { digest }, search: {} });
    },
    [navigate],
  );
  if (!mayPlan) return null;
  const there = rows.some((one) => one.targetKey !== "");
  const fits = { create: rows.some((one) => one.targetKey === ""), update: rows.some((one) => one.standing === "mismatched"), disable: there, delete: there };
  const left = work?.result?.["left_alone"] ?? "";
  return (
    <Stack gap="xs" mt="xs">
      <Group gap="xs">
        {PLANNED.filter((one) => fits[one]).map((action) => (
          <Button
            key={action}
            size="compact-sm"
            variant="default"
            loading={asking.isPending || (work !== undefined && !isOver(work))}
            onClick={() => asking.mutate({ kind: "plan_rows", rule, action, rows: rows.map((one) => ({ source: one.sourceKey, target: one.targetKey })) })}
          >
            {words.planRows[action]}
          </Button>
        ))}
        <Text size="xs" c="dimmed">
          {words.planRowsText}
        </Text>
      </Group>
      {id !== undefined && <WorkProgress id={id} label={words.planning} done={done} />}
      {work?.state === "done" && left !== "" && <Alert color="orange">{words.leftAlone(left)}</Alert>}
      <ProblemNote error={asking.error} />
    </Stack>
  );
}

interface DialogProps {
  busy: boolean;
  error: unknown;
  close: () => void;
}

/** Return the day so many days from now, as a date field has it. */
export function dayAhead(days: number, now: number): string {
  return new Date(now + days * 86_400_000).toISOString().slice(0, 10);
}

function IgnoreDialog({ count, busy, error, go, close }: DialogProps & { count: number; go: (reason: string, until: string) => void }) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(() => dayAhead(30, Date.now()));
  return (
    <Modal opened onClose={close} title={words.ignoreTitle(count)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(reason, new Date(`${until}T00:00:00`).toISOString());
        }}
      >
        <Stack>
          <Text size="sm">{words.ignoreText}</Text>
          <ProblemNote error={error} />
          <TextInput label={words.reason} required data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <TextInput label={words.until} type="date" required value={until} onChange={(event) => setUntil(event.currentTarget.value)} />
          <Actions busy={busy} close={close} go={words.ignore.replace("…", "")} />
        </Stack>
      </form>
    </Modal>
  );
}

function LinkDialog({ name, busy, error, go, close }: DialogProps & { name: string; go: (to: string) => void }) {
  const [to, setTo] = useState("");
  return (
    <Modal opened onClose={close} title={words.linkTitle(name)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(to.trim());
        }}
      >
        <Stack>
          <Text size="sm">{words.linkText}</Text>
          <ProblemNote error={error} />
          <TextInput label={words.to} required data-autofocus value={to} onChange={(event) => setTo(event.currentTarget.value)} />
          <Actions busy={busy} close={close} go={words.link.replace("…", "")} />
        </Stack>
      </form>
    </Modal>
  );
}

function Actions({ busy, close, go }: { busy: boolean; close: () => void; go: string }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={close}>
        {common.cancel}
      </Button>
      <Button type="submit" loading={busy}>
        {go}
      </Button>
    </Group>
  );
}
