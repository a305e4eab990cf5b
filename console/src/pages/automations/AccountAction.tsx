import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { withField } from "../templates/edit";
import { ActionFields } from "../templates/ActionFields";
import { choicesQuery } from "../templates/queries";
import { FieldScope } from "../templates/scope";
import { Matched } from "./Matched";
import { type PartProps, standingAt } from "./trigger";

/** One change of the accounts that the records of a side are matched with. */
export function AccountAction({ value, set, errors }: PartProps) {
  const choices = useQuery(choicesQuery);
  const side = String(value["target"] ?? "");
  // the mistakes of an automation stand below nothing: its own path is the empty one
  const scope = useMemo(() => ({ errors: below(errors), path: "this", readOnly: false, standing: standingAt(side, choices.data) }), [errors, side, choices.data]);
  return (
    <>
      <Matched value={value} set={set} errors={errors} />
      <FieldScope.Provider value={scope}>
        <ActionFields block={value} set={(key, next) => set(withField(value, key, next))} choices={choices.data} inTask />
      </FieldScope.Provider>
    </>
  );
}

function below(errors: PartProps["errors"]): PartProps["errors"] {
  return Object.fromEntries(Object.entries(errors).map(([path, text]) => [`this.${path}`, text]));
}
