/** For the records of which objects an endpoint is called, while somebody edits it: it is saved with the endpoint. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { changeOf, documentQuery, type Draft, type PartChange } from "../../api/draft";
import { at, tree } from "../../api/json";
import { callChanges, calledFor } from "./endpoint";

export interface Callers {
  /** the objects of the connection's own, which can call it */
  known: readonly string[];
  chosen: readonly string[];
  /** it is not as it is in force */
  changed: boolean;
  choose: (objects: readonly string[]) => void;
  changes: readonly PartChange[];
  /** Return *draft* as one that is changed, saved and thrown away with this. */
  withDraft: (draft: Draft) => Draft;
}

export function useCallers(connection: string, endpoint: string): Callers {
  const [picked, setPicked] = useState<readonly string[] | null>(null);
  const document = useQuery(documentQuery);
  const path = ["connections", connection, "objects"];
  const objects = tree(at(document.data?.value, path));
  const chosen = picked ?? calledFor(objects, endpoint);
  const wanted = endpoint === "" ? {} : callChanges(objects, endpoint, chosen);
  const changes = Object.entries(wanted).map(([name, joins]) => changeOf([...path, name, "join"], joins));
  const withDraft = (draft: Draft): Draft => ({
    ...draft,
    changed: draft.changed || changes.length > 0,
    reset: () => {
      setPicked(null);
      draft.reset();
    },
    save: async (more = []) => {
      const done = await draft.save([...changes, ...more]);
      if (done) setPicked(null);
      return done;
    },
  });
  return { known: Object.keys(objects), chosen, changed: picked !== null, choose: setPicked, changes, withDraft };
}
