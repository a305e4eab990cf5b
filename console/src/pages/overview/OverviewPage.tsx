import { Button, Card, SimpleGrid, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Empty, Page } from "../../components/Page";
import { overview as words } from "../../texts/overview";
import { FailedCard, NextCard, RunsCard, WaitingCard } from "./cards";
import { QuotaCard } from "./QuotaCard";
import { RuleCard } from "./RuleCard";

/** What somebody wants to know first; each number leads to its list, and what one may not see is not there. */
export function OverviewPage() {
  const mayRules = useMay("read_runs", "approve", "read_configuration", "read_people", "make_plans");
  const mayRuns = useMay("read_runs", "approve");
  const mayConfiguration = useMay("read_configuration");
  return (
    <Page title={words.title} lead={words.lead}>
      {mayRules && <Rules />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <WaitingCard />
        {mayConfiguration && <NextCard />}
        {mayRuns && <FailedCard />}
        {mayRuns && <RunsCard />}
      </SimpleGrid>
      {mayConfiguration && <QuotaCard />}
    </Page>
  );
}

function Rules() {
  const query = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  const mayChange = useMay("change_configuration");
  return (
    <Loaded query={query}>
      {(rules) =>
        rules.length === 0 ? (
          <Card withBorder>
            <Empty
              title={words.begin}
              action={mayChange && <Button renderRoot={(props) => <Link to="/first-steps" search={{}} {...props} />}>{words.beginGo}</Button>}
            >
              {words.beginText}
            </Empty>
          </Card>
        ) : (
          <Stack gap="sm">
            {rules.map((one) => (
              <RuleCard key={one.name} rule={one} />
            ))}
          </Stack>
        )
      }
    </Loaded>
  );
}
