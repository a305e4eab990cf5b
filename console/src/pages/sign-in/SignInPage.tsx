import { Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { address, api, data } from "../../api/client";
import { asProblem } from "../../api/problem";
import { sessionQuery } from "../../api/session";
import { ProblemNote } from "../../components/ProblemNote";
import { signIn as words } from "../../texts/sign-in";
import { Door } from "./Door";
import { inside } from "./inside";

/** A name, a password, and the second factor where there is one; or the provider of the organisation. */
export function SignInPage() {
  const router = useRouter();
  const queries = useQueryClient();
  const { to } = useSearch({ from: "/sign-in" });
  const ways = useQuery({ queryKey: ["ways"], queryFn: () => data(api.GET("/api/v1/session/ways")), retry: false });
  const form = useForm({ mode: "uncontrolled", initialValues: { name: "", password: "", code: "" } });
  const signingIn = useMutation({
    mutationFn: (given: typeof form.values) => data(api.POST("/api/v1/session", { body: given })),
    onSuccess: async () => {
      await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
      router.history.push(inside(to));
    },
    onError: () => form.setFieldValue("code", ""),
  });
  const problem = signingIn.error === null ? null : asProblem(signingIn.error);
  const needsCode = problem?.code === "second_factor_needed";
  return (
    <Door title={words.title}>
      <form onSubmit={form.onSubmit((given) => signingIn.mutate(given))}>
        <Stack>
          <ProblemNote error={problem} />
          <TextInput label={words.name} autoComplete="username" required autoFocus key={form.key("name")} {...form.getInputProps("name")} />
          <PasswordInput label={words.password} autoComplete="current-password" required key={form.key("password")} {...form.getInputProps("password")} />
          <TextInput
            label={words.code}
            description={words.codeHint}
            autoComplete="one-time-code"
            inputMode="numeric"
            required={needsCode}
            key={form.key("code")} {...form.getInputProps("code")}
          />
          <Button type="submit" fullWidth loading={signingIn.isPending}>
            {words.go}
          </Button>
        </Stack>
      </form>
      {ways.data !== undefined && ways.data.provider !== "" && (
        <>
          <Divider label={words.or} />
          <Button component="a" variant="default" fullWidth href={address("/api/v1/session/openid")}>
            {words.withProvider(ways.data.provider)}
          </Button>
        </>
      )}
      <Text size="xs" c="dimmed">
        {words.noAccount}
      </Text>
    </Door>
  );
}
