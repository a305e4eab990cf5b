import { Group, Stack, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useParams } from "@tanstack/react-router";
import type { ConnectionShown } from "../../api/schema";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { TabLinks } from "../../components/TabLinks";
import { applications as words } from "../../texts/applications";
import { useEnabled } from "./enabled";
import { StateBadge } from "./ApplicationsPage";
import { connectionQuery } from "./queries";
import { OTHER_TABS, REST_TABS } from "./tabs";

const HELP: Readonly<Record<string, string>> = { rest: "infobip", active_directory: "active-directory", ldap: "ldap", ldif: "ldif", table: "tables" };

/** One application: its name, whether it is on, and its tabs. */
export function ApplicationPage() {
  const { name } = useParams({ from: "/shell/applications/$name" });
  const query = useQuery(connectionQuery(name));
  const kind = query.data?.kind ?? "rest";
  return (
    <Page title={name} lead={query.data && `${query.data.title || words.kinds[kind] || kind}`} help={HELP[kind] ?? "infobip"} actions={query.data && <OnOff one={query.data} />}>
      <Loaded query={query}>
        {(found) => (
          <Stack gap="lg">
            <TabLinks label={words.parts} tabs={found.kind === "rest" ? REST_TABS : OTHER_TABS} params={{ name }} />
            <Outlet />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function OnOff({ one }: { one: ConnectionShown }) {
  const mayChange = useMay("change_configuration");
  const { enabled, change, saving, problem } = useEnabled(one.name, one.enabled);
  if (!mayChange) return <StateBadge enabled={one.enabled} />;
  return (
    <Group>
      {problem !== null && <ProblemNote error={problem} />}
      <Switch checked={enabled} disabled={saving} onChange={(event) => change(event.currentTarget.checked)} label={words.enabled} />
    </Group>
  );
}
