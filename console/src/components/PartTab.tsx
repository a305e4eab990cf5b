import { Badge, Tabs } from "@mantine/core";

interface PartTabProps {
  value: string;
  label: string;
  /** how many things stand in it */
  count?: number;
  wrong: boolean;
}

/** A tab of an editor that says how much stands in it, and whether something there is not right. */
export function PartTab({ value, label, count = 0, wrong }: PartTabProps) {
  const mark = wrong ? (
    <Badge size="xs" color="red" circle aria-label="!">
      !
    </Badge>
  ) : count > 0 ? (
    <Badge size="xs" variant="light" color="gray" circle>
      {count}
    </Badge>
  ) : null;
  return (
    <Tabs.Tab value={value} px={10} rightSection={mark}>
      {label}
    </Tabs.Tab>
  );
}
