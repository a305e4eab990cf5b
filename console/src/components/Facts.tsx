import { Badge, Card, Group, SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";

export interface Fact {
  label: string;
  value: ReactNode;
  /** a second, quieter line */
  note?: ReactNode;
}

/** A few facts side by side, one below the other where it is narrow. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: Math.min(facts.length, 4) }} spacing="sm">
      {facts.map((one) => (
        <Card key={one.label} withBorder padding="sm">
          <Text size="xs" c="dimmed" fw={600}>
            {one.label}
          </Text>
          <Text component="div" fw={600}>
            {one.value}
          </Text>
          {one.note !== undefined && (
            <Text component="div" size="xs" c="dimmed">
              {one.note}
            </Text>
          )}
        </Card>
      ))}
    </SimpleGrid>
  );
}

const SIGNS: Readonly<Record<string, readonly [string, string]>> = {
  good: ["green", "✓"],
  bad: ["red", "✕"],
  warn: ["orange", "!"],
  busy: ["blue", "…"],
  calm: ["gray", "–"],
};

/** How something stands: by a word and a sign, and only then by a colour. */
export function Standing({ kind, children }: { kind: "good" | "bad" | "warn" | "busy" | "calm"; children: ReactNode }) {
  const [color, sign] = SIGNS[kind] ?? ["gray", "–"];
  return (
    <Badge variant="light" color={color} tt="none" fw={600} miw="max-content" leftSection={<span aria-hidden>{sign}</span>}>
      {children}
    </Badge>
  );
}

/** Standings in one row, as many as there are. */
export function Standings({ children }: { children: ReactNode }) {
  return <Group gap={6}>{children}</Group>;
}
