import { Alert, Anchor, Card, Checkbox, Grid, Group, List, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, data } from "../../api/client";
import { type Draft, useDraft } from "../../api/draft";
import { type Tree, tree, withKey } from "../../api/json";
import { asProblem } from "../../api/problem";
import { DraftBar } from "../../components/DraftBar";
import { LoadingRows } from "../../components/Page";
import { sentence } from "../../components/ProblemNote";
import { errorOf } from "../../components/SpecFields";
import { roles as words } from "../../texts/roles";
import { RemoveRole } from "./RemoveRole";
import { namesIn, unchosen } from "./role";
import { RoleReach } from "./RoleReach";
import { meaningsQuery, useMayChangeRoles } from "./roles";

const NEW: Tree = { rights: [] };

/** One role of one's own: what it lets one do, how far that reaches, and all of it in words. */
export function RoleTab() {
  const { role } = useParams({ from: "/shell/settings/roles/$role" });
  const draft = useDraft(useMemo(() => ["roles", role], [role]));
  const may = useMayChangeRoles();
  return (
    <Stack>
      <Anchor size="sm" w="fit-content" renderRoot={(props) => <Link to="/settings/roles" {...props} />}>
        {words.back}
      </Anchor>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {role}
        </Title>
        {may && draft.saved !== undefined && !draft.changed && <RemoveRole role={role} />}
      </Group>
      {draft.loading ? <LoadingRows /> : <Editor draft={draft} may={may} />}
    </Stack>
  );
}

function Editor({ draft, may }: { draft: Draft; may: boolean }) {
  const spec = draft.value === undefined ? NEW : tree(draft.value);
  const missing = unchosen(spec);
  const hold = missing === undefined ? undefined : words.choose(words.parts[missing].label);
  if (!may && draft.saved === undefined) return <Text>{words.gone}</Text>;
  return (
    <>
      {draft.errors[""] !== undefined && <Alert color="orange">{sentence(draft.errors[""])}</Alert>}
      {!may && (
        <Text size="sm" c="dimmed">
          {words.mayNot}
        </Text>
      )}
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <fieldset disabled={!may} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
            <Stack>
              <Card withBorder>
                <TextInput
                  label={words.description}
                  description={words.descriptionHint}
                  value={String(spec["description"] ?? "")}
                  onChange={(event) => draft.set(withKey(spec, "description", event.currentTarget.value))}
                  error={draft.errors["description"]}
                />
              </Card>
              <Rights spec={spec} draft={draft} />
              <RoleReach spec={spec} set={draft.set} errors={draft.errors} readOnly={!may} />
            </Stack>
          </fieldset>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <InWords spec={spec} />
        </Grid.Col>
      </Grid>
      {may && <DraftBar draft={draft} {...(hold === undefined ? {} : { hold })} />}
    </>
  );
}

function Rights({ spec, draft }: { spec: Tree; draft: Draft }) {
  const meanings = useQuery(meaningsQuery);
  return (
    <Card withBorder>
      <Checkbox.Group
        label={words.rights}
        description={words.rightsHint}
        withAsterisk
        value={namesIn(spec["rights"])}
        onChange={(next) => draft.set({ ...spec, rights: next })}
        error={errorOf(draft.errors, "rights")}
      >
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="xs" my="sm">
          {meanings.data?.map((one) => <Checkbox key={one.right} size="sm" value={one.right} label={sentence(one.meaning)} />)}
        </SimpleGrid>
      </Checkbox.Group>
    </Card>
  );
}

function InWords({ spec }: { spec: Tree }) {
  const [calm] = useDebouncedValue(JSON.stringify(spec), 300);
  const wanted = useMemo(() => tree(JSON.parse(calm)), [calm]);
  const some = namesIn(wanted["rights"]).length > 0;
  const told = useQuery({
    queryKey: ["role-words", calm],
    queryFn: () => data(api.POST("/api/v1/role-words", { body: { role: wanted as Record<string, never> } })),
    enabled: some,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 10_000,
  });
  const problem = told.error === null ? null : asProblem(told.error);
  return (
    <Card withBorder pos="sticky" top={72}>
      <Title order={3} size="h4" mb="xs">
        {words.words}
      </Title>
      <div role="status">
        {!some ? (
          <Text size="sm">{words.noRight}</Text>
        ) : problem === null ? (
          <List size="sm" spacing={4}>
            {told.data?.words.map((one) => (
              <List.Item key={one} style={{ overflowWrap: "anywhere" }}>
                {one}
              </List.Item>
            ))}
          </List>
        ) : (
          <Text size="sm">{sentence(problem.errors[0]?.message ?? problem.message)}</Text>
        )}
      </div>
    </Card>
  );
}
