import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { IconDownload, IconStethoscope } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { About } from "../../api/schema";
import { useMay } from "../../api/session";
import { saveFile } from "../../components/download";
import { Facts } from "../../components/Facts";
import { Findings } from "../../components/Findings";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { ProblemNote } from "../../components/ProblemNote";
import { about as words } from "../../texts/installation";

/** What runs here, whether it is sound, and a backup of it. */
export function AboutTab() {
  const query = useQuery({ queryKey: ["about"], queryFn: () => data(api.GET("/api/v1/about")) });
  const mayExamine = useMay("change_configuration");
  const mayKeep = useMay("manage_operators");
  return (
    <Stack gap="lg">
      <Loaded query={query}>{(found) => <Running found={found} />}</Loaded>
      {mayExamine && <Doctor />}
      {mayKeep && <Backup />}
      <Loaded query={query}>{(found) => <Libraries found={found} />}</Loaded>
    </Stack>
  );
}

function Running({ found }: { found: About }) {
  return (
    <Facts
      facts={[
        { label: words.version, value: found.keepstep, note: found.licence },
        { label: words.database, value: found.database, note: words.schema(found.schema_revision) },
        { label: words.python, value: found.python },
        {
          label: words.workers,
          value: found.workers.length === 0 ? words.noWorker : found.workers.length,
          note: found.workers.map((one) => (
            <div key={one.name}>
              {one.name} · <Moment at={one.seen} />
            </div>
          )),
        },
      ]}
    />
  );
}

function Doctor() {
  const asking = useMutation({ mutationFn: () => data(api.GET("/api/v1/doctor")) });
  const missing = asking.data?.filter((one) => !one.good).length ?? 0;
  return (
    <Card withBorder component="section" aria-label={words.doctor}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} size="h4">
              {words.doctor}
            </Title>
            <Text size="sm" c="dimmed">
              {words.doctorText}
            </Text>
          </div>
          <Button variant="default" leftSection={<IconStethoscope size={16} aria-hidden />} loading={asking.isPending} onClick={() => asking.mutate()}>
            {words.examine}
          </Button>
        </Group>
        <ProblemNote error={asking.error} />
        {asking.data !== undefined && (
          <>
            <Text fw={600}>{missing > 0 ? words.missing(missing) : words.sound}</Text>
            <Findings findings={asking.data} />
          </>
        )}
      </Stack>
    </Card>
  );
}

function Backup() {
  const making = useMutation({
    mutationFn: () => data(api.POST("/api/v1/backup", { parseAs: "blob" })) as Promise<Blob>,
    onSuccess: (file) => saveFile(`keepstep-${new Date().toISOString().slice(0, 10)}.tar.gz`, file, "application/gzip"),
  });
  return (
    <Card withBorder component="section" aria-label={words.backup}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} size="h4">
              {words.backup}
            </Title>
            <Text size="sm" c="dimmed" maw={720}>
              {words.backupText}
            </Text>
          </div>
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={making.isPending} onClick={() => making.mutate()}>
            {words.make}
          </Button>
        </Group>
        <ProblemNote error={making.error} />
      </Stack>
    </Card>
  );
}

function Libraries({ found }: { found: About }) {
  return (
    <Table.ScrollContainer minWidth={300}>
      <Table aria-label={words.libraries}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.library}</Table.Th>
            <Table.Th>{words.version}</Table.Th>
            <Table.Th>{words.licence}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.libraries.map((one) => (
            <Table.Tr key={one.name}>
              <Table.Td>{one.name}</Table.Td>
              <Table.Td>{one.version}</Table.Td>
              <Table.Td>{one.licence}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
