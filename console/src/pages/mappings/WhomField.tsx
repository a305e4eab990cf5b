import { SubjectPicker } from "../../components/SubjectPicker";
import { mappings as words } from "../../texts/mappings";
import type { Whom } from "./reading";

const MOST = 20;

/** Chooses the people of *source* that a page shows values of. */
export function WhomField({ source, whom }: { source: string; whom: Whom }) {
  const [connection = "", objects = ""] = source.split(".", 2);
  if (connection === "" || objects === "") return null;
  return <SubjectPicker key={source} label={words.people} hint={words.peopleHint} connection={connection} kinds={[objects]} most={MOST} value={whom.value} onChange={whom.set} />;
}
