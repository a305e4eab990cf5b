import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, data } from "../../api/client";
import type { ConnectionListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { CheckPanel } from "../../components/CheckPanel";
import { Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { firstSteps as words } from "../../texts/first-steps";
import { CompareStep, PlanStep } from "./Looks";
import { RuleStep } from "./RuleStep";

const DIRECTORIES: ReadonlySet<string> = new Set(["active_directory", "ldap", "ldif"]);

/** From nothing to the first plan. Where somebody is on the way, what is connected says: they may leave and come back. */
export function FirstStepsPage() {
  const connections = useQuery({ queryKey: ["connections"], queryFn: () => data(api.GET("/api/v1/connections")) });
  const rules = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  return (
    <Page title={words.title} lead={words.lead} help="console">
      <Loaded query={connections}>
        {(found) => {
          const directory = found.find((one) => DIRECTORIES.has(one.kind));
          const application = found.find((one) => one.kind === "rest");
          const rule = rules.data?.[0];
          const both = directory !== undefined && application !== undefined;
          return (
            <>
              {found.length === 0 && <MadeUp />}
              <Stack component="ol" p={0} m={0} gap="md">
              <Step number={1} title={words.directory.title} text={words.directory.text} done={directory !== undefined} open>
                <Connected one={directory}>
                  <Connect kinds={{ active_directory: words.directory.active_directory, ldap: words.directory.ldap, ldif: words.directory.ldif }} />
                </Connected>
              </Step>
              <Step number={2} title={words.application.title} text={words.application.text} done={application !== undefined} open>
                <Connected one={application}>
                  <Connect kinds={{ infobip: words.application.infobip, rest: words.application.rest }} />
                </Connected>
              </Step>
              <Step number={3} title={words.rule.title} text={words.rule.text} done={rule !== undefined} open={both}>
                {both && <RuleStep directory={directory} application={application} rule={rule} />}
              </Step>
              <CompareStep rule={rule?.name}>{(step) => <Step number={4} title={words.compare.title} text={words.compare.text} {...step} />}</CompareStep>
              <PlanStep rule={rule?.name}>{(step) => <Step number={5} title={words.plan.title} text={words.plan.text} {...step} />}</PlanStep>
              </Stack>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

/** Made-up people to look around with, where nothing is connected yet. */
function MadeUp() {
  const queries = useQueryClient();
  const mayConnect = useMay("change_configuration");
  const filling = useMutation({ mutationFn: () => data(api.POST("/api/v1/demo")), onSuccess: () => queries.invalidateQueries() });
  if (!mayConnect) return null;
  return (
    <Card withBorder mb="md">
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          {words.demo.title}
        </Title>
        <Text size="sm" c="dimmed">
          {words.demo.text}
        </Text>
        <Button variant="default" leftSection={<IconUsersGroup size={16} aria-hidden />} loading={filling.isPending} onClick={() => filling.mutate()}>
          {words.demo.go}
        </Button>
        <ProblemNote error={filling.error} />
      </Stack>
    </Card>
  );
}

export interface StepProps {
  number: number;
  title: string;
  text: string;
  done: boolean;
  /** it can be done now */
  open: boolean;
  children?: ReactNode;
}

function Step({ number, title, text, done, open, children }: StepProps) {
  return (
    <Card withBorder component="li">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} size="h4">
            {number}. {title}
          </Title>
          <Standing kind={done ? "good" : open ? "busy" : "calm"}>{done ? words.states.done : open ? words.states.now : words.states.later}</Standing>
        </Group>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
        {open && children}
      </Stack>
    </Card>
  );
}

function Connect({ kinds }: { kinds: Readonly<Record<string, string>> }) {
  return (
    <Group gap="xs">
      {Object.entries(kinds).map(([kind, label], place) => (
        <Button key={kind} variant={place === 0 ? "filled" : "default"} renderRoot={(props) => <Link to="/applications/_new" search={{ kind, next: "first-steps" }} {...props} />}>
          {label}
        </Button>
      ))}
    </Group>
  );
}

/** What is connected, and whether it works; else the ways to connect it. */
function Connected({ one, children }: { one: ConnectionListed | undefined; children: ReactNode }) {
  if (one === undefined) return children;
  return (
    <Stack gap="sm">
      <CheckPanel name={one.name} enabled={one.enabled} unsaved={false} />
      <Group>
        <Button size="compact-sm" variant="subtle" renderRoot={(props) => <Link to="/applications/$name" params={{ name: one.name }} {...props} />}>
          {words.look(one.name)}
        </Button>
      </Group>
    </Stack>
  );
}
