import { ActionIcon, Autocomplete } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay } from "../../api/session";
import { ProblemNote } from "../../components/ProblemNote";
import { objectTexts as words } from "../../texts/objects";
import { keysOf } from "./objects";
import { endpointsQuery, tryEndpoint } from "./queries";

interface FieldPickerProps {
  connection: string;
  /** whose fields are offered; none: "" */
  endpoint: string;
  /** what the field is called; heard only where *labelHidden* */
  label: string;
  labelHidden?: boolean;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  readOnly: boolean;
}

/** The path of one field of an endpoint: one that its last test offered, or another that somebody knows. */
export function FieldPicker({ connection, endpoint, label, labelHidden = false, hint, value, onChange, error, readOnly }: FieldPickerProps) {
  const mayTest = useMay("test_connections");
  const queries = useQueryClient();
  const listed = useQuery(endpointsQuery(connection)).data?.find((one) => one.name === endpoint);
  const offered = keysOf(listed?.test.fields ?? []);
  const test = useMutation({
    mutationFn: () => tryEndpoint({ connection, endpoint, values: {}, spec: null }),
    onSuccess: () => queries.invalidateQueries({ queryKey: endpointsQuery(connection).queryKey }),
  });
  const named = labelHidden ? { "aria-label": label, placeholder: words.joinKey } : { label, withAsterisk: true };
  return (
    <div style={labelHidden ? { flex: "1 1 160px", minWidth: 0 } : {}}>
      <Autocomplete
        {...named}
        description={hint}
        data={offered}
        limit={60}
        value={value}
        onChange={onChange}
        error={error}
        readOnly={readOnly}
        classNames={{ input: "mono" }}
        rightSection={
          listed !== undefined && !readOnly && mayTest ? (
            <ActionIcon variant="subtle" color="gray" size={26} aria-label={words.lookAt(endpoint)} title={words.lookAt(endpoint)} loading={test.isPending} onClick={() => test.mutate()}>
              <IconPlayerPlay size={15} aria-hidden />
            </ActionIcon>
          ) : null
        }
      />
      <div aria-live="polite">{test.error !== null && <ProblemNote error={test.error} />}</div>
    </div>
  );
}
