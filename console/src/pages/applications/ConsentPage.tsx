import { Anchor, Loader, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../api/client";
import { BASE } from "../../app/page";
import { ProblemNote } from "../../components/ProblemNote";
import { applications } from "../../texts/applications";
import { askedConsent, forgetConsent, type AskedConsent } from "./asked";

const words = applications.consent;

interface Arrival {
  address: string;
  state: string;
  asked: AskedConsent;
}

// read once, as the browser came: the address is taken out of its bar, so that no code stays in the history
const ARRIVED = arrival();

function arrival(): Arrival | null {
  const [entry] = performance.getEntriesByType("navigation");
  const came = entry?.name.includes("/consent?") === true ? entry.name : location.href;
  const state = new URL(came).searchParams.get("state") ?? "";
  const asked = state === "" ? null : askedConsent(state);
  history.replaceState(history.state, "", `${BASE}/consent`);
  return asked === null ? null : { address: came, state, asked };
}

/** Where an authorization server sends the browser after a person said yes, or no. */
export function ConsentPage() {
  const queries = useQueryClient();
  const answer = useQuery({
    queryKey: ["consent", ARRIVED?.state],
    enabled: ARRIVED !== null,
    staleTime: Infinity,
    retry: false,
    queryFn: async () => {
      if (ARRIVED === null) return false;
      const { address, state, asked } = ARRIVED;
      forgetConsent(state); // one answer, once
      await api.POST("/api/v1/connections/{connection}/consent/answer", {
        params: { path: { connection: asked.connection } },
        body: { address, visit: asked.visit },
      });
      await queries.invalidateQueries({ queryKey: ["connections"] });
      return true;
    },
  });
  return (
    <Stack gap="md" maw={640}>
      <Title order={1} size="h2">
        {words.page}
      </Title>
      {ARRIVED === null ? (
        <Text>{words.unknown}</Text>
      ) : (
        <>
          {answer.isPending && <Loader size="sm" aria-label={words.waiting} />}
          {answer.isSuccess && (
            <Text role="status" fw={600}>
              {words.done}
            </Text>
          )}
          {answer.error !== null && <ProblemNote error={answer.error} />}
          <Anchor renderRoot={(props) => <Link {...props} to="/applications/$name" params={{ name: ARRIVED.asked.connection }} />} underline="always">
            {words.back(ARRIVED.asked.connection)}
          </Anchor>
        </>
      )}
    </Stack>
  );
}
