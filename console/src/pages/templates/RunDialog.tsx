import { Button, Group, Modal, NumberInput, SegmentedControl, Stack, Switch, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { SubjectList } from "../../api/schema";
import { useIdempotencyKey } from "../../api/works";
import { ProblemNote } from "../../components/ProblemNote";
import { SubjectPicker } from "../../components/SubjectPicker";
import type { ChosenSubject } from "../../components/subjects";
import { common } from "../../texts/common";
import { start as words } from "../../texts/templates";
import { UploadList } from "./UploadList";

type Way = "names" | "list" | "members" | "filter";

const MANY = 50;
const MOST = 500;

/** For whom a template is run: chosen by name, by a list, by a group, or by a filter. It starts once. */
export function RunDialog({ template, subject, close }: { template: string; subject: string; close: () => void }) {
  const [way, setWay] = useState<Way>("names");
  const [people, setPeople] = useState<ChosenSubject[]>([]);
  const [list, setList] = useState<SubjectList | null>(null);
  const [text, setText] = useState("");
  const [skip, setSkip] = useState(false);
  const [canary, setCanary] = useState<number | null>(null);
  const [most, setMost] = useState<number | null>(MANY);
  const [typed, setTyped] = useState("");
  const who = way === "names" ? people.map((one) => one.key) : way === "list" ? (list?.who ?? []) : [];
  const listed = way === "names" || way === "list";
  const many = who.length > MANY;
  const ready = listed ? who.length > 0 && (!many || typed === String(who.length)) : text !== "";
  const narrow = useMediaQuery("(max-width: 36em)") ?? false;
  const starting = useStart(template, close);
  const [connection = "", objects = "users"] = subject.split(".");
  const go = () =>
    starting.mutate({
      who: [...who],
      search: "",
      members_of: way === "members" ? text : "",
      filter: way === "filter" ? text : "",
      skip_unknown: listed && skip,
      canary,
      most: listed ? null : most,
    });
  return (
    <Modal opened onClose={close} title={words.title(template)} size="lg">
      <Stack>
        <SegmentedControl
          aria-label={words.how}
          orientation={narrow ? "vertical" : "horizontal"}
          value={way}
          onChange={(next) => {
            setWay(next === "list" || next === "members" || next === "filter" ? next : "names");
            setText("");
          }}
          data={(["names", "list", "members", "filter"] as const).map((value) => ({ value, label: words[value] }))}
        />
        {way === "names" && <SubjectPicker label={words.names} hint={words.namesHint} connection={connection} kinds={[objects === "groups" ? "groups" : "users"]} most={MOST} value={people} onChange={setPeople} />}
        {way === "list" && <UploadList list={list} onList={setList} />}
        {!listed && <TextInput key={way} label={words[way === "members" ? "members" : "filter"]} description={way === "members" ? words.membersHint : words.filterHint} classNames={{ input: "mono" }} value={text} onChange={(event) => setText(event.currentTarget.value)} />}
        {listed && <Switch label={words.skipUnknown} checked={skip} onChange={(event) => setSkip(event.currentTarget.checked)} />}
        <Group grow align="flex-start">
          <Count label={words.canary} hint={words.canaryHint} max={100} value={canary} onChange={setCanary} />
          {!listed && <Count label={words.most} hint={words.mostHint} max={1_000_000} value={most} onChange={setMost} />}
        </Group>
        {many && <TextInput label={words.many(who.length)} inputMode="numeric" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />}
        <ProblemNote error={starting.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button disabled={!ready} loading={starting.isPending} onClick={go}>
            {words.go}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Wanted {
  who: string[];
  search: string;
  filter: string;
  members_of: string;
  skip_unknown: boolean;
  canary: number | null;
  most: number | null;
}

function useStart(template: string, close: () => void) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [key, renew] = useIdempotencyKey();
  return useMutation({
    mutationFn: (body: Wanted) => data(api.POST("/api/v1/templates/{template}/runs", { params: { path: { template } }, headers: { "Idempotency-Key": key }, body })),
    onSuccess: async (run) => {
      renew();
      queries.setQueryData(["left-out", run.id], run.left_out);
      close();
      await navigate({ to: "/template-runs/$run", params: { run: run.id }, search: {} });
    },
  });
}

function Count({ label, hint, max, value, onChange }: { label: string; hint: string; max: number; value: number | null; onChange: (value: number | null) => void }) {
  return <NumberInput label={label} description={hint} min={0} max={max} allowDecimal={false} value={value ?? ""} onChange={(next) => onChange(typeof next === "number" ? next : null)} />;
}
