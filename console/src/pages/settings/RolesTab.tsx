import { Accordion, Badge, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Role } from "../../api/schema";
import { Loaded } from "../../components/Loaded";
import { NameDialog } from "../../components/NameDialog";
import { roles as words } from "../../texts/roles";
import { rolesQuery, useMayChangeRoles } from "./roles";

/** Every role, with what it lets one do, in words; one's own can be changed. */
export function RolesTab() {
  const query = useQuery(rolesQuery);
  const may = useMayChangeRoles();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {words.lead}
        </Text>
        {may && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )}
      </Group>
      <Loaded query={query}>
        {(roles) => (
          <Accordion variant="separated" order={2}>
            {roles.map((one) => (
              <Accordion.Item key={one.name} value={one.name}>
                <Accordion.Control>
                  <Group gap="sm">
                    <Text fw={600}>{one.name}</Text>
                    <Badge variant="light" color="gray" tt="none">
                      {one.built_in ? words.builtIn : words.own}
                    </Badge>
                    <Text size="sm" c="dimmed">
                      {one.spec.description}
                    </Text>
                  </Group>
                </Accordion.Control>
                <Accordion.Panel>
                  <RoleView role={one} may={may && !one.built_in} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        )}
      </Loaded>
      {adding && <NameDialog title={words.add} label={words.name} hint={words.nameHint} go={(role) => void navigate({ to: "/settings/roles/$role", params: { role } })} close={() => setAdding(false)} />}
    </Stack>
  );
}

function RoleView({ role, may }: { role: Role; may: boolean }) {
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="xs" c="dimmed" fw={600}>
        {words.does}
      </Text>
      <List size="sm">
        {role.words.map((one) => (
          <List.Item key={one} style={{ overflowWrap: "anywhere" }}>
            {one}
          </List.Item>
        ))}
      </List>
      {may && (
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden />}
          aria-label={`${words.change} ${role.name}`}
          renderRoot={(props) => <Link to="/settings/roles/$role" params={{ role: role.name }} {...props} />}
        >
          {words.change}
        </Button>
      )}
    </Stack>
  );
}
