import { Button, Card, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { sessionQuery } from "../../api/session";
import { toast } from "../../components/later";
import { ProblemNote } from "../../components/ProblemNote";
import { settings } from "../../texts/settings";

const words = settings.account;

/** Another password, by the one that is known. */
export function PasswordCard() {
  const queries = useQueryClient();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { password: "", code: "", next: "", again: "" },
    validate: { again: (again, all) => (again === all.next ? null : words.differs) },
  });
  const changing = useMutation({
    mutationFn: ({ password, code, next }: typeof form.values) => data(api.PUT("/api/v1/session/password", { body: { password, code, new: next } })),
    onSuccess: () => {
      void toast({ message: words.changed, autoClose: 10_000 });
      queries.setQueryData(sessionQuery.queryKey, null);
    },
  });
  return (
    <Card withBorder>
      <form onSubmit={form.onSubmit((given) => changing.mutate(given))}>
        <Stack gap="sm">
          <Title order={2} size="h4">
            {words.password}
          </Title>
          <ProblemNote error={changing.error} />
          <PasswordInput label={words.now} autoComplete="current-password" required key={form.key("password")} {...form.getInputProps("password")} />
          <TextInput label={words.code} description={words.codeHint} autoComplete="one-time-code" key={form.key("code")} {...form.getInputProps("code")} />
          <PasswordInput label={words.next} autoComplete="new-password" required key={form.key("next")} {...form.getInputProps("next")} />
          <PasswordInput label={words.again} autoComplete="new-password" required key={form.key("again")} {...form.getInputProps("again")} />
          <Button type="submit" variant="default" loading={changing.isPending} w="fit-content">
            {words.change}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
