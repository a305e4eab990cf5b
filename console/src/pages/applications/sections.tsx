import { Paper, Select, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { tree, type Tree, withAt } from "../../api/json";
import type { SecretOfConnection } from "../../api/schema";
import { SpecFields } from "../../components/SpecFields";
import { applications } from "../../texts/applications";
import { AUTHORIZATIONS } from "./fields";
import { within } from "./within";

const words = applications.authorization;

export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {aside !== undefined && aside !== false && <div style={{ marginBottom: 16 }}>{aside}</div>}
      {children}
    </Paper>
  );
}

interface ProofFieldsProps {
  /** the whole connection */
  value: Tree;
  onChange: (value: Tree) => void;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  secrets: readonly SecretOfConnection[];
  secretName: (field: string) => string;
}

/** How requests prove themselves: the kind, and what it needs. */
export function ProofFields({ value, onChange, errors, readOnly, secrets, secretName }: ProofFieldsProps) {
  const authorization = tree(value["authorization"]);
  const type = typeof authorization["type"] === "string" ? authorization["type"] : "none";
  const kind = AUTHORIZATIONS[type];
  const put = (next: Tree | undefined) => onChange(withAt(value, ["authorization"], next));
  return (
    <Stack gap="md">
      <Select
        label={words.kind}
        description={kind?.about}
        data={Object.entries(AUTHORIZATIONS).map(([one, { label }]) => ({ value: one, label }))}
        value={type}
        onChange={(next) => next !== null && next !== type && put(next === "none" ? undefined : { type: next })}
        allowDeselect={false}
        readOnly={readOnly}
        maw={420}
      />
      <SpecFields key={type} fields={kind?.fields ?? []} value={authorization} onChange={put} errors={within(errors, "authorization")} readOnly={readOnly} secrets={secrets} secretName={secretName} />
    </Stack>
  );
}
