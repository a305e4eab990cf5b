import { List, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import type { KeepstepPortsFinding as Finding } from "../api/schema";
import { applications } from "../texts/applications";

const words = applications.check;

/** What was looked at, whether it is good, and what to do where it is not. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <List spacing="xs" listStyleType="none" pl={0}>
      {findings.map((one) => (
        <List.Item
          key={`${one.subject} ${one.detail}`}
          icon={
            <ThemeIcon size={22} radius="xl" variant="light" color={one.good ? "green" : "orange"}>
              {one.good ? <IconCheck size={14} aria-label={words.isGood} /> : <IconAlertTriangle size={14} aria-label={words.isMissing} />}
            </ThemeIcon>
          }
        >
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            <b>{one.subject}</b> — {one.detail}
          </Text>
          {!one.good && one.hint !== "" && (
            <Text size="sm" c="dimmed">
              {one.hint}
            </Text>
          )}
        </List.Item>
      ))}
    </List>
  );
}
