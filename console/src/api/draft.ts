/**
 * A part of the configuration while somebody edits it: what is in force, what they made of it, what would be wrong, and the
 * way to save it. Every editor page saves so.
 */

import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { api, data } from "./client";
import { at, type Json, same } from "./json";
import { asProblem, Problem } from "./problem";

export interface PartChange {
  path: string[];
  value?: Json;
  remove: boolean;
}

export const documentQuery = queryOptions({
  queryKey: ["configuration", "document"],
  queryFn: () => data(api.GET("/api/v1/configuration/document")),
});

/** What is in force and what somebody wants instead, where both began at the same and neither is it any more. */
export interface Conflict {
  theirs: Json | undefined;
  mine: Json | undefined;
}

export interface Draft {
  /** the part as it is in the page; undefined where there is none */
  value: Json | undefined;
  /** the part as it is in force */
  saved: Json | undefined;
  loading: boolean;
  changed: boolean;
  set: (value: Json | undefined) => void;
  reset: () => void;
  /** what would be wrong, by field below the part; the empty field is the part itself */
  errors: Readonly<Record<string, string>>;
  /** what would be wrong elsewhere because of it, by the whole field */
  elsewhere: readonly { field: string; message: string }[];
  /** somebody wanted to save it as it was not right */
  tried: boolean;
  /** save it, and *more* with it; whether it is in force now */
  save: (more?: PartChange[]) => Promise<boolean>;
  saving: boolean;
  problem: Problem | null;
  conflict: Conflict | null;
  /** put mine over what somebody else saved */
  overwrite: () => Promise<boolean>;
}

interface Edit {
  value: Json | undefined;
  etag: string;
  base: Json | undefined;
}

const ALONE: readonly PartChange[] = [];

/** Return the draft of what stands at *path* of the configuration. *beside*: what is to be saved with it, and so is checked with it. */
export function useDraft(path: readonly string[], beside: readonly PartChange[] = ALONE): Draft {
  const document = useQuery(documentQuery);
  const queries = useQueryClient();
  const [edit, setEdit] = useState<Edit | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [tried, setTried] = useState(false);
  const saved = at(document.data?.value, path);
  const value = edit === null ? saved : edit.value;
  const changed = edit !== null && !same(edit.value, edit.base);
  const change = changeOf(path, value);
  const checked = useChecked(changed ? [change, ...beside] : [...beside]);
  const found = useMemo(() => byField(checked, path.join(".")), [checked, path]);

  const send = (etag: string, more: PartChange[]) =>
    data(api.PATCH("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { changes: [change, ...more] } }));
  const saving = useMutation({
    mutationFn: async ({ more, over }: { more: PartChange[]; over: boolean }) => {
      const etag = edit?.etag ?? document.data?.etag ?? "";
      try {
        return await send(etag, more);
      } catch (error) {
        if (asProblem(error).status !== 412) throw error;
        const now = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
        const theirs = at(now.value, path);
        if (!over && !same(theirs, edit?.base)) {
          setConflict({ theirs, mine: value });
          return null;
        }
        // somebody changed another part of the file: nothing of theirs is lost
        return await send(now.etag, more);
      }
    },
    onSuccess: async (done) => {
      if (done === null) return;
      setConflict(null);
      setTried(false);
      await queries.invalidateQueries();
      setEdit(null);
    },
  });

  const run = async (more: PartChange[], over: boolean) => {
    try {
      return (await saving.mutateAsync({ more, over })) !== null;
    } catch {
      setTried(true);
      return false; // it is the problem of the draft
    }
  };
  const problem = saving.error === null ? null : asProblem(saving.error);
  return {
    value,
    saved,
    loading: document.isPending,
    changed,
    set: (next) => {
      setEdit({ value: next, etag: edit?.etag ?? document.data?.etag ?? "", base: edit === null ? saved : edit.base });
      if (saving.isError) saving.reset(); // what was wrong is looked at anew
    },
    reset: () => {
      setEdit(null);
      setConflict(null);
      setTried(false);
      saving.reset();
    },
    errors: found.errors,
    tried,
    elsewhere: found.elsewhere,
    save: (more = []) => run(more, false),
    saving: saving.isPending,
    problem,
    conflict,
    overwrite: () => run([], true),
  };
}

const NOTHING: readonly { field: string; message: string }[] = [];

/** Return what would be wrong with *changes*, a moment after the last of them. */
export function useChecked(changes: PartChange[]): readonly { field: string; message: string }[] {
  const asked = JSON.stringify(changes);
  const [calm] = useDebouncedValue(asked, 400);
  const query = useQuery({
    queryKey: ["configuration", "checked", calm],
    queryFn: () => data(api.POST("/api/v1/configuration/check-changes", { body: { changes: JSON.parse(calm) as PartChange[] } })),
    enabled: calm !== "[]",
    gcTime: 5_000,
    // what was wrong stays there until it is known to be right
    placeholderData: (before) => before,
  });
  return asked === "[]" || calm === "[]" ? NOTHING : (query.data?.errors ?? NOTHING);
}

export function changeOf(path: readonly string[], value: Json | undefined): PartChange {
  return value === undefined ? { path: [...path], remove: true } : { path: [...path], value, remove: false };
}

/** Return *found* by the field below *part*, and what is elsewhere. */
export function byField(found: readonly { field: string; message: string }[], part: string) {
  const errors: Record<string, string> = {};
  const elsewhere: { field: string; message: string }[] = [];
  for (const one of found) {
    if (one.field === part) errors[""] ??= one.message;
    else if (one.field.startsWith(`${part}.`)) errors[one.field.slice(part.length + 1)] ??= one.message;
    else elsewhere.push(one);
  }
  return { errors, elsewhere };
}

/** Take what stands at *path* out of the configuration in force. */
export async function removePart(queries: QueryClient, path: readonly string[]) {
  const { etag } = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
  return data(api.PATCH("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { changes: [changeOf(path, undefined)] } }));
}
