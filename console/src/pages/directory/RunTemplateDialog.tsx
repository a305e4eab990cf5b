import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useIdempotencyKey } from "../../api/works";
import { Loaded } from "../../components/Loaded";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { change as words } from "../../texts/directory";
import type { Kind } from "./routes";

/** A template that is for accounts of this kind, run for those that are chosen. */
export function RunTemplateDialog({ connection, objects, keys, close }: { connection: string; objects: Kind; keys: readonly string[]; close: () => void }) {
  const query = useQuery({ queryKey: ["templates"], queryFn: () => data(api.GET("/api/v1/templates")) });
  const [template, setTemplate] = useState<string | null>(null);
  const navigate = useNavigate();
  const [key, renew] = useIdempotencyKey();
  const starting = useMutation({
    mutationFn: (name: string) =>
      data(
        api.POST("/api/v1/templates/{template}/runs", {
          params: { path: { template: name } },
          headers: { "Idempotency-Key": key },
          body: { who: [...keys], search: "", filter: "", members_of: "", skip_unknown: false, canary: null, most: null },
        }),
      ),
    onSuccess: async (run) => {
      renew();
      close();
      await navigate({ to: "/template-runs/$run", params: { run: run.id }, search: {} });
    },
  });
  return (
    <Modal opened onClose={close} title={words.run(keys.length)}>
      <Loaded query={query}>
        {(templates) => {
          const fit = templates.filter((one) => one.subject === `${connection}.${objects}`).map((one) => one.name);
          return (
            <Stack>
              {fit.length === 0 ? <Text size="sm">{words.noTemplate}</Text> : <Select label={words.template} data={fit} value={template} onChange={setTemplate} />}
              <ProblemNote error={starting.error} />
              <Group justify="flex-end">
                <Button variant="default" onClick={close}>
                  {common.cancel}
                </Button>
                <Button disabled={template === null} loading={starting.isPending} onClick={() => template !== null && starting.mutate(template)}>
                  {words.goRun}
                </Button>
              </Group>
            </Stack>
          );
        }}
      </Loaded>
    </Modal>
  );
}
