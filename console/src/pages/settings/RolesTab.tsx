import { Accordion, Badge, Group, List, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Role } from "../../api/schema";
import { Loaded } from "../../components/Loaded";
import { settings } from "../../texts/settings";
import { rolesQuery } from "./roles";

const words = settings.roles;
const PARTS = ["connections", "rules", "templates", "within", "outside", "changes", "attributes"] as const;

/** Every role, with what it allows, in words. */
export function RolesTab() {
  const query = useQuery(rolesQuery);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {words.lead}
      </Text>
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
                  <RoleView role={one} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        )}
      </Loaded>
    </Stack>
  );
}

function RoleView({ role }: { role: Role }) {
  const meanings = useQuery({ queryKey: ["rights"], queryFn: () => data(api.GET("/api/v1/rights")), staleTime: Number.POSITIVE_INFINITY });
  const meaning = new Map(meanings.data?.map((one) => [one.right, one.meaning]));
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <div>
        <Text size="xs" c="dimmed" fw={600}>
          {words.rights}
        </Text>
        <List size="sm">
          {role.spec.rights.map((one) => (
            <List.Item key={one}>{meaning.get(one) ?? one}</List.Item>
          ))}
        </List>
      </div>
      <div>
        <Text size="xs" c="dimmed" fw={600}>
          {words.reach}
        </Text>
        <List size="sm">
          {PARTS.map((part) => (
            <List.Item key={part}>
              {words.parts[part]}: {reachOf(role.spec[part])}
            </List.Item>
          ))}
        </List>
      </div>
    </SimpleGrid>
  );
}

function reachOf(part: "all" | readonly string[] | undefined): string {
  if (part === "all") return words.all;
  return part === undefined || part.length === 0 ? words.nothing : part.join(", ");
}
