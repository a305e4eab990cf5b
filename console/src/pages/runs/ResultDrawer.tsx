import { Code, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import type { RunResults } from "../../api/schema";
import { Deltas } from "../../components/Deltas";
import { Standing } from "../../components/Facts";
import { EFFECT_STATES, KINDS, runs as words } from "../../texts/plans";
import { LOOKS } from "./looks";

type Item = RunResults["items"][number];

/** One account of a run: what was asked for it, each call that left, and what came of it. */
export function ResultDrawer({ item, close }: { item: Item | undefined; close: () => void }) {
  return (
    <Drawer opened={item !== undefined} onClose={close} title={item?.name ?? ""} position="right" size="lg" overlayProps={{ backgroundOpacity: 0.1 }}>
      {item !== undefined && (
        <Stack>
          <Group gap="sm">
            <Standing kind={LOOKS[item.state]}>{EFFECT_STATES[item.state]}</Standing>
            <Text size="sm">
              {item.kind == null ? "" : KINDS[item.kind]} {item.target_key !== "" && <span className="mono">{item.target_key}</span>}
            </Text>
          </Group>
          {item.detail !== "" && <Text size="sm">{item.detail}</Text>}
          <Title order={3} size="sm">
            {words.request}
          </Title>
          {item.deltas.length === 0 ? <Text size="sm">{words.noValues}</Text> : <Deltas deltas={item.deltas} />}
          <Title order={3} size="sm">
            {words.calls}
          </Title>
          {item.calls === "" ? <Text size="sm">{words.noCalls}</Text> : <Code block>{item.calls.split("; ").join("\n")}</Code>}
        </Stack>
      )}
    </Drawer>
  );
}
