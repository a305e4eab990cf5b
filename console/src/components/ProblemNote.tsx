import { Alert, Button, CopyButton, Group, List, Text } from "@mantine/core";
import { IconAlertTriangle, IconLock } from "@tabler/icons-react";
import { asProblem } from "../api/problem";
import { common } from "../texts/common";

/** Says what went wrong in one sentence, what to do, and the id by which it is found in logs and the audit log. */
export function ProblemNote({ error, retry, hideFields }: { error: unknown; retry?: () => void; hideFields?: boolean }) {
  if (error === null || error === undefined) return null;
  const problem = asProblem(error);
  const forbidden = problem.status === 403;
  const stale = problem.code === "updated" || problem.code === "page";
  return (
    <Alert
      role="alert"
      color={forbidden ? "gray" : "red"}
      icon={forbidden ? <IconLock aria-hidden /> : <IconAlertTriangle aria-hidden />}
      title={sentence(problem.message)}
    >
      {problem.hint !== "" && <Text size="sm">{sentence(problem.hint)}</Text>}
      {hideFields !== true && problem.errors.length > 0 && (
        <List size="sm" mt={4}>
          {problem.errors.slice(0, 20).map((one) => (
            <List.Item key={`${one.field} ${one.message}`}>
              <span className="mono">{one.field}</span>: {one.message}
            </List.Item>
          ))}
        </List>
      )}
      <Group gap="sm" mt="xs">
        {stale ? (
          <Button size="compact-sm" variant="default" onClick={() => globalThis.location.reload()}>
            {common.reload}
          </Button>
        ) : (
          retry !== undefined && (
            <Button size="compact-sm" variant="default" onClick={retry}>
              {common.retry}
            </Button>
          )
        )}
        {problem.correlation !== "" && <Correlation id={problem.correlation} />}
      </Group>
    </Alert>
  );
}

function Correlation({ id }: { id: string }) {
  return (
    <CopyButton value={id}>
      {({ copied, copy }) => (
        <Text size="xs" c="dimmed">
          {common.correlation} <span className="mono">{id}</span>{" "}
          <Button size="compact-xs" variant="subtle" onClick={copy}>
            {copied ? common.copied : common.copy}
          </Button>
        </Text>
      )}
    </CopyButton>
  );
}

/** Return *text* with a capital at its beginning and a stop at its end; the name of a file is left as it is. */
export function sentence(text: string): string {
  const begun = /^\S+\.\w/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
