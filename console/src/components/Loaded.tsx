import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { LoadingRows } from "./Page";
import { ProblemNote } from "./ProblemNote";

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  /** what stands there until it is read */
  waiting?: ReactNode;
}

/** Shows what was read; while it is read, a skeleton; what failed, with a way to try again, above what is old. */
export function Loaded<T>({ query, children, waiting }: LoadedProps<T>) {
  if (query.data === undefined) {
    if (query.error !== null) return <ProblemNote error={query.error} retry={() => void query.refetch()} />;
    return waiting ?? <LoadingRows />;
  }
  return (
    <>
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {children(query.data)}
    </>
  );
}
