import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Tree } from "../../api/json";
import type { ChosenSubject } from "../../components/subjects";

export const connectionsQuery = queryOptions({ queryKey: ["connections"], queryFn: () => data(api.GET("/api/v1/connections")) });

export function webhooksQuery(connection: string) {
  return queryOptions({
    queryKey: ["connections", connection, "webhooks"],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/webhooks", { params: { path: { connection } } })),
  });
}

export function webhookQuery(connection: string, webhook: string) {
  return queryOptions({
    queryKey: ["connections", connection, "webhooks", webhook],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/webhooks/{webhook}", { params: { path: { connection, webhook } } })),
  });
}

export interface Shooting {
  connection: string;
  webhook: string;
  /** a draft; null: what is in force */
  spec: Tree | null;
  directory: string;
  subjects: readonly ChosenSubject[];
  values: Record<string, string>;
  live: boolean;
}

/** Render a webhook for whom was chosen, or send it; with the same *key* it is sent once. */
export function tryWebhook(asked: Shooting, key: string) {
  const { connection, webhook, spec, directory, subjects, values, live } = asked;
  const of = (kind: string) => subjects.filter((one) => one.kind === kind).map((one) => one.key);
  return data(
    api.POST("/api/v1/connections/{connection}/webhooks/{webhook}/test", {
      params: { path: { connection, webhook }, header: live ? { "idempotency-key": key } : {} },
      body: { directory, users: of("users"), groups: of("groups"), values, live, spec },
    }),
  );
}

export type Tested = Awaited<ReturnType<typeof tryWebhook>>;
