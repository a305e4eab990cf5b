import { Alert, Button, Code, Grid, Group, List, Modal, Paper, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Draft } from "../api/draft";
import { lines } from "../api/json";
import { Problem } from "../api/problem";
import { common } from "../texts/common";
import classes from "./DraftBar.module.css";
import { difference } from "./difference";
import { ProblemNote } from "./ProblemNote";
import { toast } from "./later";
import { UnsavedGuard } from "./UnsavedGuard";

interface DraftBarProps {
  draft: Draft;
  /** why it cannot be saved yet, beside what is wrong in its fields */
  hold?: string;
  /** what else can be done with it */
  children?: ReactNode;
  onSaved?: () => void;
}

/** The end of every editor: what would be wrong, Save and Discard, what somebody else saved meanwhile, and the guard. */
export function DraftBar({ draft, hold, children, onSaved }: DraftBarProps) {
  const count = Object.keys(draft.errors).length + draft.elsewhere.length;
  const save = async () => {
    if (!(await draft.save())) return;
    void toast({ message: common.draft.saved });
    onSaved?.();
  };
  return (
    <>
      {draft.changed && (
        <Paper withBorder p="sm" pos="sticky" bottom={12} className={classes["bar"] ?? ""} shadow="sm">
          <Wrong draft={draft} />
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed" role="status">
              {count > 0 ? common.draft.wrong(count) : (hold ?? common.draft.changed)}
            </Text>
            <Group gap="xs">
              {children}
              <Button variant="default" onClick={draft.reset}>
                {common.draft.discard}
              </Button>
              <Button onClick={() => void save()} loading={draft.saving} disabled={hold !== undefined}>
                {common.save}
              </Button>
            </Group>
          </Group>
        </Paper>
      )}
      <ConflictDialog draft={draft} />
      <UnsavedGuard changed={draft.changed && !draft.saving} />
    </>
  );
}

/** What would be wrong elsewhere, and why it could not be saved. */
function Wrong({ draft }: { draft: Draft }) {
  if (draft.elsewhere.length === 0 && draft.problem === null) return null;
  return (
    <Stack gap="sm" className={classes["wrong"] ?? ""} mb="sm">
      {draft.elsewhere.length > 0 && (
        <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title={common.draft.elsewhere}>
          <List size="sm">
            {draft.elsewhere.slice(0, 20).map((one) => (
              <List.Item key={`${one.field} ${one.message}`}>
                {one.field !== "" && <Code>{one.field}</Code>} {one.message}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {draft.problem !== null && <ProblemNote error={refusalOf(draft.problem)} />}
    </Stack>
  );
}

/** A refusal because of fields says so in a sentence: what is wrong stands beside each. */
function refusalOf(problem: Problem): Problem {
  const { errors, status, correlation, code } = problem;
  if (errors.length === 0) return problem;
  return new Problem({ status, correlation, type: code, detail: common.draft.refused, errors: [...errors] });
}

/** Shows both edits line by line, and lets a person choose. */
function ConflictDialog({ draft }: { draft: Draft }) {
  const words = common.conflict;
  const { conflict } = draft;
  const told = conflict === null ? [] : difference(lines(conflict.theirs ?? {}), lines(conflict.mine ?? {}));
  return (
    <Modal opened={conflict !== null} onClose={draft.reset} title={words.title} size="xl">
      <Stack gap="sm">
        <Text size="sm">{words.text}</Text>
        <Grid>
          <Side title={words.theirs} rows={told.filter((one) => one.side !== "right")} />
          <Side title={words.yours} rows={told.filter((one) => one.side !== "left")} />
        </Grid>
        <Group justify="flex-end">
          <Button variant="default" onClick={draft.reset}>
            {words.takeTheirs}
          </Button>
          <Button color="red" loading={draft.saving} onClick={() => void draft.overwrite()}>
            {words.overwrite}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Side({ title, rows }: { title: string; rows: ReturnType<typeof difference> }) {
  return (
    <Grid.Col span={{ base: 12, sm: 6 }}>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      <Code block tabIndex={0} aria-label={title}>
        {rows.map((one) => `${one.side === "both" ? "  " : "▸ "}${one.text}`).join("\n")}
      </Code>
    </Grid.Col>
  );
}
