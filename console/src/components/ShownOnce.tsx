import { Alert, Button, Code, CopyButton, Group, Text } from "@mantine/core";
import { common } from "../texts/common";
import { settings } from "../texts/settings";

/** Something that nobody can look up again: shown, with a way to copy it. */
export function ShownOnce({ text, lead }: { text: string; lead?: string }) {
  return (
    <Alert color="yellow" title={settings.once} role="status">
      {lead !== undefined && (
        <Text size="sm" mb="xs">
          {lead}
        </Text>
      )}
      <Group align="flex-start" wrap="nowrap">
        <Code block style={{ flex: 1, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {text}
        </Code>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? common.copied : common.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
