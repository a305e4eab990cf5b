import { Anchor, List, Paper, Text } from "@mantine/core";
import { builder as words } from "../../texts/templates";

const MOST = 20;

/** What would be wrong with the draft; each leads to its block. */
export function MistakeList({ errors, onOpen }: { errors: Readonly<Record<string, string>>; onOpen: (name: string) => void }) {
  const found = Object.entries(errors);
  if (found.length === 0) return null;
  return (
    <Paper withBorder p="sm" role="group" aria-label={words.notYet}>
      <Text size="sm" fw={600} c="red" mb={4}>
        {words.notYet}
      </Text>
      <List size="sm">
        {found.slice(0, MOST).map(([at, message]) => {
          const [head, name] = at.split(".");
          return (
            <List.Item key={at}>
              {head === "blocks" && name !== undefined && (
                <Anchor component="button" type="button" size="sm" underline="always" onClick={() => onOpen(name)}>
                  {name}
                </Anchor>
              )}{" "}
              {message}
            </List.Item>
          );
        })}
      </List>
    </Paper>
  );
}
