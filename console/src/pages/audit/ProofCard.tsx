import { Button, Card, Group } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Proof } from "../../api/schema";
import { Facts, Standing } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { ProblemNote } from "../../components/ProblemNote";
import { audit } from "../../texts/audit";

const words = audit.proof;

/** The proof that the log is whole; asked for by a person, for it reads the whole log. */
export function ProofCard() {
  const query = useQuery({
    queryKey: ["audit-proof"],
    queryFn: () => data(api.GET("/api/v1/audit/proof")),
    enabled: false,
    retry: false,
  });
  return (
    <>
      {query.error !== null && <ProblemNote error={query.error} />}
      {query.data === undefined ? (
        <Card withBorder padding="sm">
          <Group justify="space-between">
            {words.title}
            <Button variant="light" leftSection={<IconShieldCheck size={16} aria-hidden />} onClick={() => void query.refetch()} loading={query.isFetching}>
              {words.ask}
            </Button>
          </Group>
        </Card>
      ) : (
        <Proven proof={query.data} />
      )}
    </>
  );
}

function Proven({ proof }: { proof: Proof }) {
  const { proven, anchors } = proof;
  return (
    <Facts
      facts={[
        { label: words.title, value: <Standing kind="good">{words.holds}</Standing>, note: words.count(proven.count) },
        {
          label: words.signed,
          value: proven.signed > 0 ? words.signedUpTo(proven.signed) : <Standing kind="warn">{words.unsigned}</Standing>,
          note: <Moment at={proven.signed_at} />,
        },
        { label: words.runs, value: <Standing kind="good">{words.agree(proof.runs)}</Standing> },
        {
          label: words.anchors,
          value:
            anchors.length === 0
              ? words.none
              : anchors.map((one) => (
                  <Standing key={one.anchor} kind={one.problem === "" ? (one.at == null ? "warn" : "good") : "bad"}>
                    {one.anchor}
                  </Standing>
                )),
          note: anchors.find((one) => one.problem !== "")?.problem ?? (anchors.some((one) => one.at == null) ? words.never : undefined),
        },
      ]}
    />
  );
}
