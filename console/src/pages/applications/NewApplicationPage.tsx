import { Anchor, Button, Group, Paper, SimpleGrid, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useDraft } from "../../api/draft";
import { tree, type Tree } from "../../api/json";
import { DraftBar } from "../../components/DraftBar";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { SpecFields } from "../../components/SpecFields";
import { applications } from "../../texts/applications";
import { KindIcon } from "./KindIcon";
import classes from "./applications.module.css";
import { CONNECTIONS } from "./fields";
import { freeName, KINDS, NAME } from "./kinds";
import { connectionsQuery } from "./queries";
import { ProofFields, Section } from "./sections";
import { calm } from "./within";

const words = applications.adding;

/** A new connection: of which kind, then where it is and how requests prove themselves. */
export function NewApplicationPage() {
  const { kind } = useSearch({ from: "/shell/applications/_new" });
  const chosen = KINDS.find((one) => one.id === kind);
  const existing = useQuery(connectionsQuery);
  return (
    <Page title={chosen === undefined ? words.title : words.titleOf(chosen.label)} lead={chosen?.about ?? words.lead} help={chosen?.help ?? "infobip"}>
      {chosen === undefined ? (
        <Choice />
      ) : (
        <Loaded query={existing}>{(found) => <Form key={chosen.id} kind={chosen.kind} start={chosen.start} suggested={freeName(chosen.name, found.map((one) => one.name))} taken={found.map((one) => one.name)} />}</Loaded>
      )}
    </Page>
  );
}

function Choice() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" className={classes["cards"] ?? ""}>
      {KINDS.map((one) => (
        <Paper key={one.id} withBorder component="li" className={classes["card"] ?? ""}>
          <UnstyledButton className={classes["cardLink"] ?? ""} renderRoot={(props) => <Link to="/applications/_new" search={(now) => ({ ...now, kind: one.id })} {...props} />}>
            <Group wrap="nowrap" align="flex-start">
              <KindIcon kind={one.kind} />
              <div className={classes["grow"]}>
                <Text fw={600}>{one.label}</Text>
                <Text size="sm" c="dimmed">
                  {one.about}
                </Text>
              </div>
            </Group>
          </UnstyledButton>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

interface FormProps {
  kind: string;
  start: Tree;
  suggested: string;
  taken: readonly string[];
}

function Form({ kind, start, suggested, taken }: FormProps) {
  const [name, setName] = useState(suggested);
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/shell/applications/_new" });
  const draft = useDraft(useMemo(() => ["connections", name], [name]));
  const value = draft.changed ? tree(draft.value) : start;
  const wrongName = NAME.test(name) ? (taken.includes(name) ? words.nameTaken : undefined) : words.nameWrong;
  const errors = calm(draft.errors, draft.tried);
  const secretName = (field: string) => `${name}-${(field.split(".").at(-1) ?? field).replaceAll("_", "-")}`;
  const shown = { value, onChange: draft.set, errors, secretName };
  return (
    <Stack gap="md">
      <Anchor size="sm" renderRoot={(props) => <Link to="/applications/_new" search={next === undefined ? {} : { next }} {...props} />}>
        <Group gap={4}>
          <IconArrowLeft size={14} aria-hidden />
          {words.another}
        </Group>
      </Anchor>
      <Section title={applications.authorization.where}>
        <Stack gap="md">
          <TextInput label={words.name} description={words.nameHint} value={name} onChange={(event) => setName(event.currentTarget.value.trim())} error={wrongName} withAsterisk maw={420} classNames={{ input: "mono" }} />
          <SpecFields fields={CONNECTIONS[kind] ?? []} {...shown} />
        </Stack>
      </Section>
      {kind === "rest" && (
        <Section title={applications.authorization.proof}>
          <ProofFields {...shown} readOnly={false} secrets={[]} />
        </Section>
      )}
      {!draft.changed && (
        <Group justify="flex-end">
          <Button variant="default" renderRoot={(props) => <Link to="/applications" {...props} />}>
            {words.leave}
          </Button>
        </Group>
      )}
      <DraftBar draft={draft} {...(wrongName === undefined ? {} : { hold: wrongName })} onSaved={() => void (next === undefined ? navigate({ to: "/applications/$name", params: { name } }) : navigate({ to: "/first-steps", search: {} }))} />
    </Stack>
  );
}
