import { Anchor, Card, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { GuardVerdict, PlanSummary } from "../../api/schema";
import { AgreementStanding } from "../../components/AgreementStanding";
import { Standing } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { approvals, KINDS, plans as words, VOTES } from "../../texts/plans";
import classes from "./plans.module.css";

/** How a plan stands to each limit; those of which nothing is done are left out. */
export function Verdicts({ plan }: { plan: PlanSummary }) {
  const rows = plan.verdicts.filter((one) => one.count > 0);
  // limits by group, and by what earlier runs did
  const others = plan.guards.filter((text) => !plan.verdicts.some((one) => one.beyond === text));
  if (rows.length === 0 && others.length === 0) return null;
  return (
    <Card withBorder padding="sm">
      <Text size="xs" c="dimmed" fw={600} mb={4}>
        {words.guards}
      </Text>
      <Table aria-label={words.guards} verticalSpacing={4} withRowBorders={false}>
        <Table.Tbody>
          {rows.map((one) => (
            <Table.Tr key={one.kind}>
              <Table.Td pl={0}>{KINDS[one.kind]}</Table.Td>
              <Table.Td>{words.ofAccounts(one.count, one.accounts)}</Table.Td>
              <Table.Td visibleFrom="xs">
                <Text size="sm" c="dimmed">
                  {limitOf(one)}
                </Text>
              </Table.Td>
              <Table.Td pr={0} ta="right" className={classes.sign}>
                <Standing kind={one.beyond === "" ? "good" : "warn"}>{one.beyond === "" ? words.fits : words.fitsNot}</Standing>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {others.map((text) => (
        <Group key={text} justify="space-between" wrap="nowrap" mt={4}>
          <Text size="sm">{text}</Text>
          <Standing kind="warn">{words.fitsNot}</Standing>
        </Group>
      ))}
    </Card>
  );
}

export function limitOf(verdict: Pick<GuardVerdict, "percent" | "most">): string {
  const share = words.percent(verdict.percent);
  return verdict.most == null ? words.limit(share) : words.limitEither(share, verdict.most);
}

/** Who was asked to agree to this plan, and what they said. */
export function Agreements({ plan }: { plan: PlanSummary }) {
  if (plan.agreements.length === 0) return null;
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" mb={4}>
        <Text size="xs" c="dimmed" fw={600}>
          {approvals.title}
        </Text>
        <Anchor size="sm" renderRoot={(props) => <Link to="/approvals" search={{ every: true }} {...props} />}>
          {words.toApprovals}
        </Anchor>
      </Group>
      <Stack gap={6}>
        {plan.agreements.map((one) => (
          <div key={one.request.id}>
            <Group gap="sm">
              <AgreementStanding agreement={one} />
              <Text size="sm">{approvals.agreed(one.by.length, one.request.requirement.need ?? 1)}</Text>
              <Text size="sm" c="dimmed">
                {approvals.until} <Moment at={one.until} />
              </Text>
            </Group>
            {(one.request.votes ?? []).map((vote) => (
              <Text size="sm" key={`${vote.operator} ${vote.at}`}>
                {vote.operator} {VOTES[vote.kind]} <Moment at={vote.at} />
                {vote.note ? `: ${vote.note}` : ""}
              </Text>
            ))}
          </div>
        ))}
      </Stack>
    </Card>
  );
}
