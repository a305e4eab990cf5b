import { Autocomplete, Card, Group, Select, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { documentQuery, useDraft } from "../../api/draft";
import { at, same, type Tree, tree } from "../../api/json";
import { useMay } from "../../api/session";
import { DraftBar } from "../../components/DraftBar";
import { LoadingRows } from "../../components/Page";
import { mappings as words } from "../../texts/mappings";
import { RemovePart } from "../../components/RemovePart";
import { MappingPreview } from "./MappingPreview";
import { RenameMapping } from "./RenameMapping";
import { useReading } from "./reading";
import { RowEditor } from "./RowEditor";
import { type MappingRow, rowsOf, twice, valueOf } from "./rows";
import { tablesIn } from "./value-table";
import { ValueTables } from "./ValueTables";

/** One mapping: its rows, and what they make of real people. */
export function MappingTab() {
  const { name, mapping } = useParams({ from: "/shell/applications/$name/mappings/$mapping" });
  const draft = useDraft(useMemo(() => ["mappings", mapping], [mapping]));
  const document = useQuery(documentQuery);
  const may = useMay("change_configuration");
  const navigate = useNavigate();
  const [held, setHeld] = useState<MappingRow[] | null>(null);
  const reading = useReading(document.data?.value, mapping);
  if (draft.loading || document.data === undefined) return <LoadingRows />;

  const begin: Tree = { into: `${name}.`, rows: {} };
  const spec = draft.value === undefined ? begin : tree(draft.value);
  const rows = held !== null && same(valueOf(held), spec["rows"]) ? held : rowsOf(spec["rows"]);
  const write = (next: MappingRow[]) => {
    setHeld(next);
    draft.set({ ...spec, rows: valueOf(next) });
  };
  const sides = Object.entries(tree(at(document.data.value, ["connections"]))).map(([one]) => `${one}.`);
  const text = (key: string, value: string) => {
    const { [key]: _before, ...rest } = spec;
    draft.set(value === "" ? rest : { ...spec, [key]: value });
  };
  const into = String(spec["into"] ?? "");
  const shown = draft.changed && may ? spec : draft.saved === undefined ? null : mapping;
  const hold = twice(rows).size > 0 ? words.twice : undefined;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {mapping}
        </Title>
        {may && draft.saved !== undefined && !draft.changed && (
          <Group gap="xs">
            <RenameMapping mapping={mapping} />
            <RemovePart path={["mappings", mapping]} label={words.remove} title={words.removeTitle(mapping)} text={words.removeText} onDone={() => navigate({ to: "/applications/$name/mappings", params: { name } })} />
          </Group>
        )}
      </Group>
      <fieldset disabled={!may} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack>
          <Card withBorder>
            <SimpleGrid cols={{ base: 1, md: 3 }}>
              <Autocomplete
                label={words.into}
                description={words.intoHint}
                required
                data={sides}
                value={into}
                onChange={(next) => draft.set({ ...spec, into: next })}
                error={draft.errors["into"] ?? draft.errors[""]}
              />
              <Select
                label={words.category}
                description={words.categoryNone}
                clearable
                clearButtonProps={{ "aria-label": words.categoryNone }}
                data={["User", "Group", "Contact"]}
                value={spec["category"] === undefined ? null : String(spec["category"])}
                onChange={(next) => text("category", next ?? "")}
                error={draft.errors["category"]}
              />
              <TextInput
                label={words.description}
                description={reading.rules.length === 0 ? words.noRule : `${words.usedBy}: ${reading.rules.join(", ")}`}
                value={String(spec["description"] ?? "")}
                onChange={(event) => text("description", event.currentTarget.value)}
              />
            </SimpleGrid>
          </Card>
          <Card withBorder>
            <Title order={3} size="h4" mb="sm">
              {words.rows}
            </Title>
            <RowEditor rows={rows} write={write} into={into} source={reading.source} whom={reading.whom} errors={draft.errors} readOnly={!may} />
            {draft.errors["rows"] !== undefined && (
              <Text size="sm" c="var(--mantine-color-error)">
                {draft.errors["rows"]}
              </Text>
            )}
          </Card>
        </Stack>
      </fieldset>
      <MappingPreview reading={reading} into={into} mapping={shown} />
      <ValueTables tables={tree(at(document.data.value, ["tables"]))} used={new Set(rows.flatMap((row) => tablesIn(row.from)))} readOnly={!may} />
      {may && <DraftBar draft={draft} {...(hold === undefined ? {} : { hold })} />}
    </Stack>
  );
}
