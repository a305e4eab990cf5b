import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { documentQuery } from "../../api/draft";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { templates as words } from "../../texts/templates";

/** Takes a template out of the configuration; what still names it is said, and then nothing is taken out. */
export function RemoveTemplate({ name }: { name: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const removing = useMutation({
    mutationFn: async () => {
      const { etag } = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
      const changes = [{ path: ["templates", name], remove: true }];
      return data(api.PATCH("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { changes } }));
    },
    onSuccess: async () => {
      await navigate({ to: "/templates", search: {} });
      await queries.invalidateQueries();
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        {words.remove}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={words.remove}>
        <Stack>
          <Text size="sm">{words.removeText(name)}</Text>
          <ProblemNote error={removing.error} />
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={() => setOpened(false)}>
              {common.cancel}
            </Button>
            <Button color="red" loading={removing.isPending} onClick={() => removing.mutate()}>
              {common.remove}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
