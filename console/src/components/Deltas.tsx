import type { Action } from "../api/schema";
import { plans as words } from "../texts/plans";
import classes from "./Deltas.module.css";

/** What a change does to each attribute: before → after. */
export function Deltas({ deltas }: { deltas: Action["deltas"] }) {
  return (
    <dl className={classes["deltas"]}>
      {deltas.map((delta) => (
        <div key={delta.name}>
          <dt>{delta.name}</dt>
          <dd>
            {delta.before !== null && (
              <>
                <del>{shown(delta.before)}</del>
                <span aria-hidden> → </span>
              </>
            )}
            <ins>{shown(delta.after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? words.nothingBefore : values.join(", ");
}
