import { Alert, Anchor, Button, Card, Group, Modal, Stack, Switch, Text, Textarea, TextInput, Timeline } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { Agreement, PlanVoteKind } from "../../api/schema";
import { useMay } from "../../api/session";
import { useIdempotencyKey } from "../../api/works";
import { AgreementStanding } from "../../components/AgreementStanding";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { common } from "../../texts/common";
import { approvals as words, VOTES } from "../../texts/plans";
import { MANY } from "../plans/ApplyDialog";

/** What waits for people to agree; who agrees sees the plan itself and signs its digest. */
export function ApprovalsPage() {
  const { every } = useSearch({ from: "/shell/approvals" });
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: ["approvals", { every }],
    queryFn: () => data(api.GET("/api/v1/approvals", { params: { query: { every: every ?? false, limit: 200 } } })),
  });
  return (
    <Page title={words.title} lead={words.lead} help="approvals">
      <Switch
        label={words.every}
        checked={every ?? false}
        onChange={(event) => void navigate({ to: "/approvals", search: event.currentTarget.checked ? { every: true } : {}, replace: true })}
      />
      <Loaded query={query}>
        {(found) =>
          found.length === 0 ? (
            <Card withBorder>
              <Empty title={words.empty}>{words.emptyText}</Empty>
            </Card>
          ) : (
            <Stack>
              {found.map((one) => (
                <Request key={one.request.id} agreement={one} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

function Request({ agreement }: { agreement: Agreement }) {
  const { request } = agreement;
  const mayApprove = useMay("approve");
  const [saying, setSaying] = useState<PlanVoteKind | null>(null);
  return (
    <Card withBorder>
      <Group justify="space-between" align="flex-start">
        <Stack gap={2}>
          <Group gap="sm">
            <Text fw={600}>{request.rule}</Text>
            <AgreementStanding agreement={agreement} />
            {agreement.state === "pending" && (
              <Text size="sm" c="dimmed">
                {words.agreed(agreement.by.length, request.requirement.need ?? 1)} · {words.missing(agreement.missing)}
              </Text>
            )}
          </Group>
          <Text size="sm">{request.summary}</Text>
          {request.trips.length > 0 && (
            <Alert color="orange" p="xs" my={4}>
              {request.trips.map((one) => (
                <Text size="sm" key={one}>
                  {one}
                </Text>
              ))}
            </Alert>
          )}
          <Text size="sm" c="dimmed">
            {words.by} {request.requester}, <Moment at={request.opened} /> · {words.until} <Moment at={agreement.until} exact />
          </Text>
          <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/plans/$digest" params={{ digest: request.plan }} search={{}} {...props} />}>
            {words.show}
          </Anchor>
        </Stack>
        {mayApprove && agreement.state === "pending" && (
          <Group gap="xs">
            <Button size="compact-md" onClick={() => setSaying("approve")}>
              {words.approve}
            </Button>
            <Button size="compact-md" variant="default" onClick={() => setSaying("reject")}>
              {words.reject}
            </Button>
            <Button size="compact-md" variant="subtle" onClick={() => setSaying("comment")}>
              {words.comment}
            </Button>
          </Group>
        )}
      </Group>
      {request.votes.length > 0 && (
        <Timeline mt="sm" bulletSize={12} aria-label={words.votes}>
          {request.votes.map((vote) => (
            <Timeline.Item key={`${vote.operator} ${vote.at}`} title={`${vote.operator} ${VOTES[vote.kind]}`}>
              <Text size="sm">{vote.note}</Text>
              <Text size="xs" c="dimmed">
                <Moment at={vote.at} />
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
      {saying !== null && <SayDialog agreement={agreement} kind={saying} close={() => setSaying(null)} />}
    </Card>
  );
}

function SayDialog({ agreement, kind, close }: { agreement: Agreement; kind: PlanVoteKind; close: () => void }) {
  const { request } = agreement;
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const [typed, setTyped] = useState("");
  const plan = useQuery({
    queryKey: ["plan", request.plan],
    queryFn: () => data(api.GET("/api/v1/plans/{digest}", { params: { path: { digest: request.plan } } })),
  });
  const [key] = useIdempotencyKey();
  const voting = useMutation({
    mutationFn: () =>
      data(api.POST("/api/v1/approvals/{request}/votes", { params: { path: { request: request.id }, header: { "idempotency-key": key } }, body: { kind, plan: request.plan, note } })),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ["approvals"] }), queries.invalidateQueries({ queryKey: ["plan", request.plan] })]);
      close();
    },
  });
  if (plan.data === undefined && plan.error === null) return <LoadingRows rows={1} />;
  const changes = plan.data?.changes ?? 0;
  const counts = kind === "approve" && changes > MANY;
  const ready = (!counts || typed.trim() === String(changes)) && (kind === "approve" || note.trim() !== "");
  const title = kind === "approve" ? words.approve : kind === "reject" ? words.reject : words.comment;
  return (
    <Modal opened onClose={close} title={`${title}: ${request.rule}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) voting.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{request.summary}</Text>
          <ProblemNote error={voting.error ?? plan.error} />
          {counts && (
            <TextInput label={words.typeCount(changes)} inputMode="numeric" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
          )}
          <Textarea label={words.note} description={words.noteHint} autosize minRows={2} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common.cancel}
            </Button>
            <Button type="submit" disabled={!ready} loading={voting.isPending} color={kind === "reject" ? "red" : "step"}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
