import { Alert, Button, Card, Select, SimpleGrid, Stack, Switch, Textarea, TextInput, Title } from "@mantine/core";
import { IconFileSearch, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, data } from "../../api/client";
import { type Draft, useDraft } from "../../api/draft";
import { type Tree, tree, withKey } from "../../api/json";
import { useMay } from "../../api/session";
import { useIdempotencyKey } from "../../api/works";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { DraftBar } from "../../components/DraftBar";
import { LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { automations as words } from "../../texts/automations";
import { ActionEditor } from "./ActionEditor";
import { StartRules } from "./StartRules";
import { Starts } from "./Starts";
import { TriggerEditor } from "./TriggerEditor";
import type { PartProps } from "./trigger";

const NEW: Tree = { trigger: { daily: "02:00" }, rule: "" };

/** One automation: when it starts, what it starts, and what came of it. */
export function AutomationPage() {
  const { name } = useParams({ from: "/shell/automations/$name" });
  const draft = useDraft(useMemo(() => ["automations", name], [name]));
  const queries = useQueryClient();
  const may = useMay("run_automations");
  const mayChange = useMay("change_configuration");
  const [removing, setRemoving] = useState(false);
  const navigate = useNavigate();
  const [key, renew] = useIdempotencyKey();
  const starting = useMutation({
    mutationFn: (plan_only: boolean) =>
      data(api.POST("/api/v1/automations/{automation}/starts", { params: { path: { automation: name }, header: { "idempotency-key": `${key}-${plan_only}` } }, body: { plan_only } })),
    onSuccess: () => {
      renew();
      return queries.invalidateQueries({ queryKey: ["automations"] });
    },
  });
  const remove = async () => {
    draft.set(undefined);
    setRemoving(true);
  };
  const kept = draft.saved !== undefined;
  const actions = kept && (
    <>
      {mayChange && (
        <Button variant="subtle" color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void remove()}>
          {words.remove}
        </Button>
      )}
      {may && (
        <>
          <Button variant="default" leftSection={<IconFileSearch size={16} aria-hidden />} onClick={() => starting.mutate(true)} disabled={draft.changed} loading={starting.isPending}>
            {words.plan}
          </Button>
          <Button variant="default" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => starting.mutate(false)} disabled={draft.changed} loading={starting.isPending}>
            {words.run}
          </Button>
        </>
      )}
    </>
  );
  const saveRun = async () => {
    if (await draft.save()) starting.mutate(false);
  };
  return (
    <Page title={name} lead={words.title} help="automations" actions={actions}>
      {starting.error !== null && <ProblemNote error={starting.error} />}
      {starting.data !== undefined && (
        <Alert color="green" role="status">
          {words.asked}
        </Alert>
      )}
      {draft.loading ? <LoadingRows /> : <Form draft={draft} readOnly={!mayChange} />}
      {mayChange && (
        <DraftBar draft={draft}>
          {may && draft.changed && !removing && (
            <Button variant="light" onClick={() => void saveRun()} loading={draft.saving}>
              {words.saveRun}
            </Button>
          )}
        </DraftBar>
      )}
      {kept && <Starts name={name} />}
      {removing && (
        <ConfirmDialog
          title={words.removeTitle(name)}
          text={words.removeText}
          go={words.remove}
          danger
          busy={draft.saving}
          error={draft.problem}
          onGo={() =>
            void draft.save().then((done) => {
              if (done) void navigate({ to: "/automations" });
            })
          }
          close={() => {
            draft.reset();
            setRemoving(false);
          }}
        />
      )}
    </Page>
  );
}

function Form({ draft, readOnly }: { draft: Draft; readOnly: boolean }) {
  const spec = draft.value === undefined ? NEW : tree(draft.value);
  const set = (next: Tree) => draft.set(next);
  return (
    <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      <Stack>
        <Part title={words.about}>
          <About value={spec} set={set} errors={draft.errors} />
        </Part>
        <Part title={words.trigger}>
          <TriggerEditor value={tree(spec["trigger"])} set={(trigger) => set({ ...spec, trigger })} errors={draft.errors} />
        </Part>
        <Part title={words.action}>
          <ActionEditor value={spec} set={set} errors={draft.errors} />
        </Part>
        <Part title={words.rules}>
          <StartRules value={spec} set={set} errors={draft.errors} />
        </Part>
      </Stack>
    </fieldset>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function About({ value, set, errors }: PartProps) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Textarea label={words.description} autosize value={String(value["description"] ?? "")} onChange={(event) => set(withKey(value, "description", event.currentTarget.value))} error={errors["description"]} />
      <Stack gap="sm">
        <TextInput label={words.owner} value={String(value["owner"] ?? "")} onChange={(event) => set(withKey(value, "owner", event.currentTarget.value))} error={errors["owner"]} />
        <Select
          label={words.category}
          allowDeselect={false}
          data={["User", "Group", "Contact"]}
          value={String(value["category"] ?? "User")}
          onChange={(next) => set(withKey(value, "category", next === "User" ? "" : (next ?? "")))}
        />
        <Switch label={words.on} checked={value["enabled"] !== false} onChange={(event) => set(event.currentTarget.checked ? withKey(value, "enabled", undefined) : { ...value, enabled: false })} />
      </Stack>
    </SimpleGrid>
  );
}
