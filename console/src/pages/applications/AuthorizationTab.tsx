import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Loaded } from "../../components/Loaded";
import { CheckPanel } from "./CheckPanel";
import { connectionQuery } from "./queries";

export function AuthorizationTab() {
  const { name } = useParams({ from: "/shell/applications/$name/" });
  const query = useQuery(connectionQuery(name));
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack>
          <CheckPanel name={name} enabled={found.enabled} unsaved={false} />
        </Stack>
      )}
    </Loaded>
  );
}
