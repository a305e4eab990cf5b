import { Modal, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { type Draft, useDraft } from "../../api/draft";
import { same, type Tree, tree, withKey } from "../../api/json";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { DraftBar } from "../../components/DraftBar";
import { LoadingRows } from "../../components/Page";
import { RemovePart } from "../../components/RemovePart";
import { doubles, type Row, rowsOf, valueOf } from "../../components/rows";
import { common } from "../../texts/common";
import { valueTables as words } from "../../texts/value-tables";
import { type Otherwise, otherwiseOf } from "./value-table";
import { ValueRows } from "./ValueRows";

interface DialogProps {
  name: string;
  readOnly: boolean;
  close: () => void;
}

/** One value table: what is read and what it becomes, and what becomes of everything else. */
export function ValueTableDialog({ name, readOnly, close }: DialogProps) {
  const path = useMemo(() => ["tables", name], [name]);
  const draft = useDraft(path);
  const [held, setHeld] = useState<Row[] | null>(null);
  const [leaving, setLeaving] = useState(false);
  const spec = tree(draft.value);
  const rows = held !== null && same(valueOf(held), tree(spec["values"])) ? held : rowsOf(tree(spec["values"]));
  const write = (next: Row[]) => {
    setHeld(next);
    draft.set({ ...spec, values: valueOf(next) });
  };
  const twice = doubles(rows).size > 0;
  return (
    <Modal opened onClose={() => (draft.changed ? setLeaving(true) : close())} title={words.dialog(name)} size="lg">
      {draft.loading ? (
        <LoadingRows />
      ) : (
        <Stack>
          <ValueRows rows={rows} write={write} exact={spec["ignore_case"] !== true} readOnly={readOnly} />
          <Wrong text={draft.errors["values"] ?? draft.errors[""]} />
          <Rest draft={draft} spec={spec} readOnly={readOnly} />
          {!readOnly && draft.saved !== undefined && !draft.changed && (
            <RemovePart path={path} label={words.remove} title={words.removeTitle(name)} text={words.removeText} go={common.remove} onDone={close} w="fit-content" />
          )}
          {!readOnly && <DraftBar draft={draft} {...(twice ? { hold: words.twice } : {})} onSaved={close} />}
        </Stack>
      )}
      {leaving && <ConfirmDialog title={common.unsaved.title} text={common.unsaved.text} go={common.unsaved.leave} danger busy={false} error={null} onGo={close} close={() => setLeaving(false)} />}
    </Modal>
  );
}

function Wrong({ text }: { text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <Text size="sm" c="var(--mantine-color-error)" role="status">
      {text}
    </Text>
  );
}

const RESERVED: ReadonlySet<string> = new Set(["keep", "refuse"]);

/** What becomes of a value that is not in the table, and what tells two values apart. */
function Rest({ draft, spec, readOnly }: { draft: Draft; spec: Tree; readOnly: boolean }) {
  // while a text is typed, one that is a word of its own is still a text
  const [typing, setTyping] = useState(false);
  const kind: Otherwise = typing && draft.changed ? "text" : otherwiseOf(spec["default"]);
  const written = String(spec["default"] ?? "");
  const choose = (next: Otherwise) => {
    setTyping(next === "text");
    draft.set(next === "refuse" ? withKey(spec, "default", undefined) : { ...spec, default: next === "text" ? "" : next });
  };
  const otherwise = (text: string) => {
    setTyping(true);
    draft.set({ ...spec, default: text });
  };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Select
        label={words.otherwise}
        allowDeselect={false}
        data={Object.entries(words.defaults).map(([value, label]) => ({ value, label }))}
        value={kind}
        onChange={(next) => next !== null && choose(next as Otherwise)}
        readOnly={readOnly}
        error={draft.errors["default"]}
      />
      {kind === "text" && (
        <TextInput label={words.text} value={written} onChange={(event) => otherwise(event.currentTarget.value)} readOnly={readOnly} error={RESERVED.has(written) ? words.reserved(written) : undefined} />
      )}
      <Switch
        label={words.ignoreCase}
        description={words.ignoreCaseHint}
        checked={spec["ignore_case"] === true}
        disabled={readOnly}
        onChange={(event) => draft.set(withKey(spec, "ignore_case", event.currentTarget.checked ? true : undefined))}
      />
    </SimpleGrid>
  );
}
