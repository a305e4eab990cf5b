import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { Empty } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { signIn } from "../../texts/sign-in";
import { Door } from "./Door";

const words = signIn.welcome;

/** Chooses a password by a one-time link. Its token stands behind the #, which no server and no log ever sees. */
export function WelcomePage() {
  const [token] = useState(() => globalThis.location.hash.slice(1));
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: "", password: "", again: "" },
    validate: { again: (again, all) => (again === all.password ? null : words.differs) },
  });
  const choosing = useMutation({
    mutationFn: ({ name, password }: typeof form.values) =>
      data(api.POST("/api/v1/welcome", { body: { token, name, password } })),
  });
  if (choosing.data !== undefined) {
    return (
      <Door title={words.title} lead={words.done(choosing.data.name)}>
        <Button renderRoot={(props) => <Link to="/sign-in" search={{}} {...props} />}>{signIn.go}</Button>
      </Door>
    );
  }
  if (token === "") {
    return (
      <Door title={words.title}>
        <Empty title={words.missing} />
      </Door>
    );
  }
  return (
    <Door title={words.title} lead={words.other}>
      <form onSubmit={form.onSubmit((given) => choosing.mutate(given))}>
        <Stack>
          <ProblemNote error={choosing.error} />
          <TextInput label={words.name} description={words.nameHint} autoComplete="username" key={form.key("name")} {...form.getInputProps("name")} />
          <PasswordInput label={words.password} autoComplete="new-password" required key={form.key("password")} {...form.getInputProps("password")} />
          <PasswordInput label={words.again} autoComplete="new-password" required key={form.key("again")} {...form.getInputProps("again")} />
          <Button type="submit" fullWidth loading={choosing.isPending}>
            {words.go}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
