/** Work that takes long: asked for once, followed until it is over. */

import { queryOptions, useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "./client";
import type { components, Work } from "./schema";

export type Wanted = components["schemas"]["Work"]["wanted"];

export function isOver(work: Work): boolean {
  return work.state === "done" || work.state === "failed";
}

export function workQuery(id: string) {
  return queryOptions({
    queryKey: ["works", id],
    queryFn: () => data(api.GET("/api/v1/works/{work}", { params: { path: { work: id } } })),
    // the stream tells sooner; where it cannot be heard, this does
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : 2000),
  });
}

/** Follow the work *id*, if there is one. */
export function useWork(id: string | undefined): UseQueryResult<Work> {
  return useQuery({ ...workQuery(id ?? ""), enabled: id !== undefined && id !== "" });
}

/** Return a key that stays the same until *renew* is called: the same button pressed twice asks once. */
export function useIdempotencyKey(): [string, () => void] {
  const [key, setKey] = useState<string>(() => crypto.randomUUID());
  return [key, () => setKey(crypto.randomUUID())];
}

/** Return what asks for work; it is asked for once, also when the button is pressed twice or the answer is lost. */
export function useAskWork(begun?: (work: Work) => void) {
  const queries = useQueryClient();
  const [key, renew] = useIdempotencyKey();
  return useMutation({
    mutationFn: (wanted: Wanted) =>
      data(api.POST("/api/v1/works", { params: { header: { "idempotency-key": key } }, body: wanted })),
    onSuccess: (work) => {
      renew();
      queries.setQueryData(workQuery(work.id).queryKey, work);
      begun?.(work);
    },
  });
}
