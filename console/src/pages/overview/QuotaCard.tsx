import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { api, data } from "../../api/client";
import { Loaded } from "../../components/Loaded";
import { overview as words } from "../../texts/overview";
import { Nothing, Part, waiting } from "./cards";
import type { Used } from "./quota";

const Rows = lazy(() => import("./QuotaTable").then((one) => ({ default: one.QuotaTable })));

const MINUTE = 60_000;

/** How much of each rate limit was used in the last hour; the table is loaded where there is something to show. */
export function QuotaCard() {
  const query = useQuery({
    queryKey: ["quota"],
    queryFn: async (): Promise<readonly Used[]> =>
      data(api.GET("/api/v1/quota", { params: { query: { fields: "connection,limit,rate,calls,refused,busiest" } } })),
    refetchInterval: MINUTE,
  });
  return (
    <Part title={words.quota} to="/applications">
      <Loaded query={query} waiting={waiting}>
        {(all) =>
          // what is measured over a day was called before the last hour, too
          all.every((one) => one.calls === 0 && one.busiest === null) ? (
            <Nothing>{words.noCalls}</Nothing>
          ) : (
            <Suspense fallback={waiting}>
              <Rows all={all} />
            </Suspense>
          )
        }
      </Loaded>
    </Part>
  );
}
