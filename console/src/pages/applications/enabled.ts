import { useMutation, useQueryClient } from "@tanstack/react-query";
import { changeOf, documentQuery } from "../../api/draft";
import { api, data } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";

/** The switch of one application: saved at once, for this one key alone. */
export function useEnabled(name: string, enabled: boolean): { enabled: boolean; change: (on: boolean) => void; saving: boolean; problem: Problem | null } {
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: async (on: boolean) => {
      const { etag } = await queries.fetchQuery({ ...documentQuery, staleTime: 0 });
      const changes = [changeOf(["connections", name, "enabled"], on)];
      return data(api.PATCH("/api/v1/configuration", { params: { header: { "if-match": etag } }, body: { changes } }));
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  return {
    enabled: saving.isPending ? saving.variables : enabled,
    change: (on) => saving.mutate(on),
    saving: saving.isPending,
    problem: saving.error === null ? null : asProblem(saving.error),
  };
}
