import type { AccountChange } from "../../api/schema";
import type { Verb } from "../../texts/directory";
import type { Kind } from "./routes";

export interface Wish {
  verb: Verb;
  container: string;
  groups: readonly string[];
  attribute: string;
  value: string;
  ends: string;
}

export const NO_WISH: Wish = { verb: "set", container: "", groups: [], attribute: "", value: "", ends: "" };

const ALL: readonly Verb[] = ["set", "enable", "disable", "unlock", "reset_password", "move", "add_to_groups", "remove_from_groups", "expire", "delete"];
const OF_GROUPS: ReadonlySet<Verb> = new Set<Verb>(["set", "move", "delete"]);

export function verbsOf(objects: Kind): Verb[] {
  return ALL.filter((verb) => objects === "users" || OF_GROUPS.has(verb));
}

/** Return the action as templates write it, or nothing while something is missing. */
export function actionOf(wish: Wish): AccountChange["action"] | undefined {
  switch (wish.verb) {
    case "set":
      return wish.attribute === "" ? undefined : { set: { [wish.attribute]: wish.value === "" ? null : wish.value } };
    case "move":
      return wish.container === "" ? undefined : { move: { to: wish.container } };
    case "add_to_groups":
      return wish.groups.length === 0 ? undefined : { add_to_groups: [...wish.groups] };
    case "remove_from_groups":
      return wish.groups.length === 0 ? undefined : { remove_from_groups: { groups: [...wish.groups] } };
    case "expire":
      return wish.ends === "" ? undefined : { expire: /^\d{4}-\d{2}-\d{2}$/.test(wish.ends) ? `${wish.ends}T00:00:00Z` : wish.ends };
    case "reset_password":
      return { reset_password: { must_change: true } };
    default:
      return { [wish.verb]: {} };
  }
}
