/** What was read from the server, and for how long it is good. */

import { QueryCache, QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // the session ended: the page asks who is signed in, and leads to the sign-in
      if (asProblem(error).status === 401 && query.queryKey[0] !== "session") {
        void queries.invalidateQueries({ queryKey: ["session"] });
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => [0, 502, 503].includes(asProblem(error).status) && count < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
