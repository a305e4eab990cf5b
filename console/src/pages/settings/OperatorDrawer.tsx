import { Button, Drawer, Group, MultiSelect, Stack, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Operator, OperatorChange } from "../../api/schema";
import { useMe } from "../../api/session";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Loaded } from "../../components/Loaded";
import { ProblemNote } from "../../components/ProblemNote";
import { ShownOnce } from "../../components/ShownOnce";
import { settings } from "../../texts/settings";
import { RightsTable } from "./RightsTable";
import { useRoles } from "./roles";

const words = settings.operators;

/** One operator: roles, the way in, and what they may do by all of it. */
export function OperatorDrawer({ operator, close }: { operator: Operator; close: () => void }) {
  const { name } = operator;
  const params = { path: { name } };
  const me = useMe();
  const queries = useQueryClient();
  const known = useRoles();
  const [roles, setRoles] = useState(() => operator.roles.map((one) => one.role));
  const [removing, setRemoving] = useState(false);
  const again = () => queries.invalidateQueries({ queryKey: ["operators"] });
  const rights = useQuery({
    queryKey: ["operators", name, "rights"],
    queryFn: () => data(api.GET("/api/v1/operators/{name}/rights", { params })),
  });
  const changing = useMutation({
    mutationFn: (change: OperatorChange) => data(api.PATCH("/api/v1/operators/{name}", { params, body: change })),
    onSuccess: again,
  });
  const linking = useMutation({ mutationFn: () => data(api.POST("/api/v1/operators/{name}/link", { params })) });
  const resetting = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/operators/{name}/second-factor", { params })),
    onSuccess: again,
  });
  const removal = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/operators/{name}", { params })),
    onSuccess: async () => {
      close();
      await again();
    },
  });
  const given = roles.map((role) => ({ role, until: operator.roles.find((one) => one.role === role)?.until ?? null }));
  return (
    <Drawer opened onClose={close} title={operator.display || name} size="xl">
      <Stack>
        <ProblemNote error={changing.error ?? linking.error ?? resetting.error} />
        <Group align="flex-end">
          <MultiSelect label={words.roles} data={known} value={roles} onChange={setRoles} searchable style={{ flex: 1 }} />
          <Button onClick={() => changing.mutate({ roles: given, enabled: null })} loading={changing.isPending}>
            {words.save}
          </Button>
        </Group>
        <Group gap="xs">
          {operator.kind === "person" && (
            <Button variant="default" onClick={() => linking.mutate()} loading={linking.isPending}>
              {words.link}
            </Button>
          )}
          {operator.second_factor && (
            <Button variant="default" onClick={() => resetting.mutate()} loading={resetting.isPending}>
              {words.reset}
            </Button>
          )}
          {me?.operator.name !== name && (
            <>
              <Button variant="default" onClick={() => changing.mutate({ roles: null, enabled: !operator.enabled })} loading={changing.isPending}>
                {operator.enabled ? words.switchOff : words.switchOn}
              </Button>
              <Button variant="light" color="red" onClick={() => setRemoving(true)}>
                {words.remove}
              </Button>
            </>
          )}
        </Group>
        {linking.data !== undefined && <ShownOnce text={linking.data.link} lead={words.linkText(name)} />}
        <Title order={2} size="h5">
          {words.rights}
        </Title>
        <Loaded query={rights}>{(held) => <RightsTable rights={held} />}</Loaded>
      </Stack>
      {removing && (
        <ConfirmDialog
          title={words.removeTitle(name)}
          text={words.removeText}
          go={words.remove}
          danger
          busy={removal.isPending}
          error={removal.error}
          onGo={() => removal.mutate()}
          close={() => setRemoving(false)}
        />
      )}
    </Drawer>
  );
}
