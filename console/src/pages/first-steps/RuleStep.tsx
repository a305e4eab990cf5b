import { Anchor, Button, Group, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { documentQuery } from "../../api/draft";
import { api, data } from "../../api/client";
import type { ConnectionListed, RuleListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { ProblemNote } from "../../components/ProblemNote";
import { firstSteps } from "../../texts/first-steps";
import { usualRule } from "./usual";

const words = firstSteps.rule;

/** The rule between both: the usual one by one button, or one of one's own. */
export function RuleStep({ directory, application, rule }: { directory: ConnectionListed; application: ConnectionListed; rule: RuleListed | undefined }) {
  const queries = useQueryClient();
  const mayChange = useMay("change_configuration");
  const making = useMutation({
    mutationFn: async () => {
      const { etag } = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
      const changes = usualRule(directory.name, application.name);
      return data(api.PATCH("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { changes } }));
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  if (rule !== undefined) {
    return (
      <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/rules/$rule/definition" params={{ rule: rule.name }} {...props} />}>
        {words.made(rule.name)}: {rule.source} → {rule.target}
      </Anchor>
    );
  }
  const usual = directory.kind === "active_directory" || directory.kind === "ldif";
  return (
    <Stack gap="sm">
      <Group gap="xs">
        {usual && mayChange && (
          <Button loading={making.isPending} onClick={() => making.mutate()}>
            {words.usual}
          </Button>
        )}
        <Button variant="default" renderRoot={(props) => <Link to="/rules" search={{}} {...props} />}>
          {words.own}
        </Button>
      </Group>
      <ProblemNote error={making.error} />
    </Stack>
  );
}
