import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { common } from "../../texts/common";
import { templates as words } from "../../texts/templates";
import { BLOCK_NAME, EMPTY } from "./edit";
import { choicesQuery, handOver } from "./queries";

/** Begins a template of one's own: what it is called, and whom it is for. Nothing is in force before it is saved. */
export function NewDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const choices = useQuery({ ...choicesQuery, enabled: opened });
  const form = useForm({
    initialValues: { name: "", subject: "", description: "" },
    validate: { name: (name) => (choices.data?.templates.includes(name) === true ? words.nameTaken : BLOCK_NAME.test(name) ? null : words.nameWrong) },
  });
  const subject = form.values.subject || (choices.data?.subjects[0] ?? "");
  const done = ({ name, description }: typeof form.values) => {
    handOver(queries, name, { ...(description === "" ? {} : { description }), subject, ...EMPTY });
    close();
    void navigate({ to: "/templates/$name", params: { name }, search: {} });
  };
  return (
    <Modal opened={opened} onClose={close} title={words.new}>
      <form onSubmit={form.onSubmit(done)}>
        <Stack>
          <TextInput label={words.name} description={words.nameHint} required data-autofocus {...form.getInputProps("name")} />
          <Select label={words.for} description={words.forHint} data={choices.data?.subjects ?? []} allowDeselect={false} {...form.getInputProps("subject")} value={subject || null} />
          <TextInput label={words.description} {...form.getInputProps("description")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit">{words.begin}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
