import { Button, Card, Modal, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Version } from "../../api/schema";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { RowTable } from "../../components/RowTable";
import { audit } from "../../texts/audit";
import { settings } from "../../texts/settings";
import { Difference } from "./Difference";

const words = settings.configuration;

/** The versions that were in force: who put each there, and what changed by it. */
export function Versions({ take }: { take: ((text: string) => void) | undefined }) {
  const [opened, setOpened] = useState<{ version: Version; before: Version | undefined } | null>(null);
  const query = useQuery({ queryKey: ["configuration", "versions"], queryFn: () => data(api.GET("/api/v1/configuration/versions")) });
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {words.versions}
      </Title>
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={words.versions}
            rows={rows}
            rowKey={(row) => String(row.number)}
            onOpen={(row) => setOpened({ version: row, before: rows.find((one) => one.number < row.number) })}
            columns={[
              { key: "number", title: words.versions, cell: (row) => words.version(row.number) },
              { key: "who", title: audit.who, cell: (row) => row.operator },
              { key: "at", title: audit.at, cell: (row) => <Moment at={row.at} /> },
            ]}
          />
        )}
      </Loaded>
      {opened !== null && <VersionDialog {...opened} take={take} close={() => setOpened(null)} />}
    </Card>
  );
}

async function textOf(digest: string): Promise<string> {
  return (await data(api.GET("/api/v1/configuration/versions/{digest}", { params: { path: { digest } } }))).text;
}

interface VersionDialogProps {
  version: Version;
  before: Version | undefined;
  take: ((text: string) => void) | undefined;
  close: () => void;
}

function VersionDialog({ version, before, take, close }: VersionDialogProps) {
  const query = useQuery({
    queryKey: ["configuration", "versions", version.digest, before?.digest],
    queryFn: async () => {
      const [now, earlier] = await Promise.all([textOf(version.digest), before === undefined ? "" : textOf(before.digest)]);
      return { now, earlier };
    },
  });
  return (
    <Modal opened onClose={close} title={words.version(version.number)} size="xl">
      <Loaded query={query}>
        {({ now, earlier }) => (
          <Stack>
            <Difference before={earlier} after={now} />
            {take !== undefined && (
              <Button
                variant="default"
                w="fit-content"
                onClick={() => {
                  take(now);
                  close();
                }}
              >
                {words.take}
              </Button>
            )}
          </Stack>
        )}
      </Loaded>
    </Modal>
  );
}
