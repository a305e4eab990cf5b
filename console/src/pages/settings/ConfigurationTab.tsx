import { Alert, Button, FileButton, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Checked } from "../../api/schema";
import { useMay } from "../../api/session";
import { saveFile } from "../../components/download";
import { Loaded } from "../../components/Loaded";
import { toast } from "../../components/later";
import { ProblemNote } from "../../components/ProblemNote";
import { UnsavedGuard } from "../../components/UnsavedGuard";
import { common } from "../../texts/common";
import { settings } from "../../texts/settings";
import { Difference } from "./Difference";
import { Versions } from "./Versions";
import classes from "./settings.module.css";

const words = settings.configuration;
const LARGEST = 2_000_000;

/** The whole configuration as one text: checked, compared, put in force, imported and exported. */
export function ConfigurationTab() {
  const query = useQuery({
    queryKey: ["configuration", "text"],
    queryFn: () => data(api.GET("/api/v1/configuration")),
    // what somebody types rests on what was read: it is not exchanged under their hands
    refetchOnWindowFocus: false,
  });
  return <Loaded query={query}>{(found) => <Editor key={found.etag} inForce={found} />}</Loaded>;
}

function Editor({ inForce }: { inForce: { text: string; etag: string } }) {
  const [text, setText] = useState(inForce.text);
  const [asking, setAsking] = useState(false);
  const [large, setLarge] = useState(false);
  const may = useMay("change_configuration");
  const changed = text !== inForce.text;
  const checking = useMutation({
    mutationFn: (live: boolean) => data(api.POST("/api/v1/configuration/check", { body: { text, live } })),
  });
  const take = async (file: File | null) => {
    if (file === null) return;
    setLarge(file.size > LARGEST);
    if (file.size <= LARGEST) setText(await file.text());
  };
  return (
    <Stack>
      <UnsavedGuard changed={changed} />
      <Text size="sm" c="dimmed">
        {words.lead}
      </Text>
      <Group gap="xs">
        <Button variant="default" onClick={() => checking.mutate(false)} loading={checking.isPending}>
          {words.check}
        </Button>
        {may && (
          <>
            <Button variant="default" onClick={() => checking.mutate(true)} loading={checking.isPending}>
              {words.live}
            </Button>
            <FileButton onChange={(file) => void take(file)} accept=".yaml,.yml">
              {(props) => (
                <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} {...props}>
                  {words.import}
                </Button>
              )}
            </FileButton>
          </>
        )}
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => saveFile("keepstep.yaml", text, "application/yaml")}>
          {words.export}
        </Button>
        {may && (
          <>
            <Button onClick={() => setAsking(true)} disabled={!changed}>
              {words.apply}
            </Button>
            {changed && (
              <Button variant="subtle" onClick={() => setText(inForce.text)}>
                {words.reset}
              </Button>
            )}
          </>
        )}
      </Group>
      {large && <Alert color="red">{words.tooLarge}</Alert>}
      <ProblemNote error={checking.error} />
      {checking.data !== undefined && <Verdict checked={checking.data} />}
      <Textarea
        className={classes["text"]}
        label={words.text}
        readOnly={!may}
        spellCheck={false}
        rows={24}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Versions take={may ? setText : undefined} />
      {asking && <PutInForce before={inForce.text} etag={inForce.etag} text={text} close={() => setAsking(false)} />}
    </Stack>
  );
}

function Verdict({ checked }: { checked: Checked }) {
  const rest = [...(checked.open ?? []), ...(checked.unset ?? [])];
  return (
    <Alert color={checked.good ? "green" : "red"} title={checked.good ? words.good : words.wrong(checked.mistakes.length)} role="status">
      {[...checked.mistakes, ...rest].map((one) => (
        <Text key={one} size="sm" className="mono">
          {one}
        </Text>
      ))}
    </Alert>
  );
}

function PutInForce({ before, etag, text, close }: { before: string; etag: string; text: string; close: () => void }) {
  const queries = useQueryClient();
  const putting = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { text } })),
    onSuccess: async (done) => {
      void toast({ message: words.done(done.version) });
      close();
      await queries.invalidateQueries();
    },
  });
  return (
    <Modal opened onClose={close} title={words.applyTitle} size="xl">
      <Stack>
        <ProblemNote error={putting.error} />
        <Difference before={before} after={text} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button onClick={() => putting.mutate()} loading={putting.isPending} data-autofocus>
            {words.applyGo}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
