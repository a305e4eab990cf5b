import { Button, Group, Paper, Text } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/session";
import { directory as words } from "../../texts/directory";
import { ChangeDialog } from "./ChangeDialog";
import type { Kind } from "./routes";
import { RunTemplateDialog } from "./RunTemplateDialog";

interface ChosenProps {
  connection: string;
  objects: Kind;
  keys: readonly string[];
  clear?: () => void;
}

/** What can be done about chosen accounts. */
export function ChosenBar(props: ChosenProps) {
  return (
    <Paper withBorder p="xs">
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {words.chosen(props.keys.length)}
        </Text>
        <AccountActions {...props} />
        {props.clear !== undefined && (
          <Button size="compact-sm" variant="subtle" onClick={props.clear}>
            {words.clear}
          </Button>
        )}
      </Group>
    </Paper>
  );
}

/** One action of the directory, or a template, for these accounts. */
export function AccountActions(props: ChosenProps) {
  const [dialog, setDialog] = useState<"change" | "run" | null>(null);
  const close = () => setDialog(null);
  const mayChange = useMay("change_accounts");
  const mayRun = useMay("run_templates");
  return (
    <>
      {mayChange && (
        <Button size="compact-md" variant="default" onClick={() => setDialog("change")}>
          {words.act}
        </Button>
      )}
      {mayRun && (
        <Button size="compact-md" variant="default" onClick={() => setDialog("run")}>
          {words.run}
        </Button>
      )}
      {dialog === "change" && <ChangeDialog {...props} close={close} />}
      {dialog === "run" && <RunTemplateDialog {...props} close={close} />}
    </>
  );
}
