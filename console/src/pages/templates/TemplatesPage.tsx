import { Anchor, Button, Card, SegmentedControl, Text } from "@mantine/core";
import { IconPlus, IconWand } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Empty, Page } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { templates as words } from "../../texts/templates";
import { NewDialog } from "./NewDialog";
import { templatesQuery } from "./queries";
import { ReadyMadeDialog } from "./ReadyMadeDialog";
import { TemplateRunList } from "./TemplateRunList";

/** The templates, and their runs. */
export function TemplatesPage() {
  const { tab } = useSearch({ from: "/shell/templates" });
  const navigate = useNavigate();
  const may = useMay("change_configuration");
  const [dialog, setDialog] = useState<"new" | "ready" | null>(null);
  const actions = may && (
    <>
      <Button variant="default" leftSection={<IconWand size={16} aria-hidden />} onClick={() => setDialog("ready")}>
        {words.ready}
      </Button>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog("new")}>
        {words.new}
      </Button>
    </>
  );
  return (
    <Page title={words.title} lead={words.lead} help="orchestration" actions={actions}>
      <SegmentedControl
        w="fit-content"
        value={tab ?? "templates"}
        onChange={(value) => void navigate({ to: "/templates", search: value === "runs" ? { tab: "runs" } : {} })}
        data={[
          { value: "templates", label: words.tab.templates },
          { value: "runs", label: words.tab.runs },
        ]}
      />
      {tab === "runs" ? <TemplateRunList /> : <TemplateList />}
      <NewDialog opened={dialog === "new"} close={() => setDialog(null)} />
      <ReadyMadeDialog opened={dialog === "ready"} close={() => setDialog(null)} />
    </Page>
  );
}

function TemplateList() {
  const query = useQuery(templatesQuery);
  return (
    <Loaded query={query}>
      {(rows) => (
        <RowTable
          label={words.title}
          rows={rows}
          rowKey={(row) => row.name}
          columns={[
            {
              key: "name",
              title: words.template,
              cell: (row) => (
                <Anchor size="sm" fw={550} renderRoot={(props) => <Link to="/templates/$name" params={{ name: row.name }} search={{}} {...props} />}>
                  {row.name}
                </Anchor>
              ),
            },
            { key: "description", title: words.description, cell: (row) => <Text size="sm">{row.description}</Text>, wide: true },
            { key: "subject", title: words.for, cell: (row) => <span className="mono">{row.subject}</span> },
            { key: "blocks", title: words.blocks, align: "right", cell: (row) => row.blocks },
          ]}
          empty={
            <Card withBorder>
              <Empty title={words.empty}>{words.emptyText}</Empty>
            </Card>
          }
        />
      )}
    </Loaded>
  );
}
