import { Autocomplete, Button, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { tree } from "../../api/json";
import type { ReadyMade, TemplateChoices } from "../../api/schema";
import { Loaded } from "../../components/Loaded";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { templates as words } from "../../texts/templates";
import { BLOCK_NAME } from "./edit";
import { choicesQuery, handOver, readyQuery } from "./queries";

/** Makes a draft of a ready-made template with its settings; it is looked at before it is in force. */
export function ReadyMadeDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const ready = useQuery({ ...readyQuery, enabled: opened });
  const choices = useQuery({ ...choicesQuery, enabled: opened });
  return (
    <Modal opened={opened} onClose={close} title={words.ready} size="lg">
      <Loaded query={ready}>{(found) => <Choice found={found} choices={choices.data} close={close} />}</Loaded>
    </Modal>
  );
}

function Choice({ found, choices, close }: { found: readonly ReadyMade[]; choices: TemplateChoices | undefined; close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(found[0]?.name ?? "");
  const [name, setName] = useState("");
  const [settings, setSettings] = useState<Readonly<Record<string, string>>>({});
  const preset = found.find((one) => one.name === chosen);
  const called = name || chosen;
  const given = Object.fromEntries(Object.keys(preset?.settings ?? {}).map((key) => [key, settings[key] ?? usual(key, choices)]));
  const taken = choices?.templates.includes(called) ?? false;
  const good = BLOCK_NAME.test(called) && !taken && Object.values(given).every((one) => one !== "");
  const filling = useMutation({
    mutationFn: () => data(api.POST("/api/v1/ready-made-templates/{name}/fill", { params: { path: { name: chosen } }, body: { settings: given } })),
    onSuccess: ({ written }) => {
      handOver(queries, called, tree(written));
      close();
      void navigate({ to: "/templates/$name", params: { name: called }, search: {} });
    },
  });
  return (
    <Stack>
      <Radio.Group label={words.choose} value={chosen} onChange={setChosen}>
        <Stack gap="xs" mt={4}>
          {found.map((one) => (
            <Radio key={one.name} value={one.name} label={one.name} description={one.about} />
          ))}
        </Stack>
      </Radio.Group>
      <TextInput label={words.name} description={words.nameHint} placeholder={chosen} value={name} error={taken ? words.nameTaken : undefined} onChange={(event) => setName(event.currentTarget.value)} />
      {Object.entries(preset?.settings ?? {}).map(([key, about]) => (
        <Autocomplete key={key} label={key} description={about} required data={known(key, choices)} value={given[key] ?? ""} onChange={(value) => setSettings((now) => ({ ...now, [key]: value }))} />
      ))}
      <Text size="sm" c="dimmed">
        {words.readyText}
      </Text>
      <ProblemNote error={filling.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
        <Button disabled={!good} loading={filling.isPending} onClick={() => filling.mutate()}>
          {words.look}
        </Button>
      </Group>
    </Stack>
  );
}

/** Return what fits a setting of a ready-made template, as far as its name tells. */
function known(setting: string, choices: TemplateChoices | undefined): string[] {
  if (choices === undefined) return [];
  if (setting === "directory") return choices.directories;
  if (setting === "channel") return choices.channels;
  if (setting === "application") return [...new Set(choices.webhooks.map((one) => one.name.split(".")[0] ?? ""))];
  return [];
}

function usual(setting: string, choices: TemplateChoices | undefined): string {
  return known(setting, choices)[0] ?? "";
}
