import { Badge, Button, Code, Group, Paper, SimpleGrid, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ConnectionListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Empty, Page } from "../../components/Page";
import { applications as words } from "../../texts/applications";
import classes from "./applications.module.css";
import { KindIcon } from "./KindIcon";
import { connectionsQuery } from "./queries";

/** Every connected system, one card each. */
export function ApplicationsPage() {
  const query = useQuery(connectionsQuery);
  const mayChange = useMay("change_configuration");
  const add = mayChange && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(props) => <Link to="/applications/_new" search={{}} {...props} />}>
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} lead={words.lead} help="infobip" actions={add}>
      <Loaded query={query}>
        {(found) =>
          found.length === 0 ? (
            <Empty title={words.empty} action={add}>
              {words.emptyText}
            </Empty>
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" className={classes["cards"] ?? ""}>
              {found.map((one) => (
                <ApplicationCard key={one.name} one={one} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
    </Page>
  );
}

function ApplicationCard({ one }: { one: ConnectionListed }) {
  const resting = one.circuit?.opened !== null && one.circuit?.opened !== undefined;
  return (
    <Paper withBorder component="li" className={classes["card"] ?? ""}>
      <Link to="/applications/$name" params={{ name: one.name }} className={classes["cardLink"]}>
        <Group wrap="nowrap" align="flex-start">
          <KindIcon kind={one.kind} name={one.name} logo={one.logo} />
          <div className={classes["grow"]}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text fw={600} truncate>
                {one.name}
              </Text>
              <StateBadge enabled={one.enabled} resting={resting} />
            </Group>
            <Text size="sm" c="dimmed">
              {words.kinds[one.kind] ?? one.kind}
            </Text>
            <Code className={classes["address"] ?? ""}>{one.address || "–"}</Code>
          </div>
        </Group>
      </Link>
    </Paper>
  );
}

export function StateBadge({ enabled, resting = false }: { enabled: boolean; resting?: boolean }) {
  if (!enabled) return <Badge color="gray" variant="light">{words.off}</Badge>;
  if (resting) return <Badge color="orange" variant="light">{words.resting}</Badge>;
  return <Badge color="green" variant="light">{words.on}</Badge>;
}
