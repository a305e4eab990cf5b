/** One stream of what changes: an event makes what was read of its topic stale, so truth always comes by a GET. */

import { useQueryClient } from "@tanstack/react-query";
import { createContext, createElement, type ReactNode, useContext, useEffect, useState } from "react";
import { address } from "./client";

export type Topic = "works" | "runs" | "template-runs" | "approvals" | "events";

export type Line = "open" | "connecting" | "lost";

/** Which queries a topic makes stale, by the first part of their key. */
const STALE: Readonly<Record<Topic, readonly string[]>> = {
  works: ["works"],
  runs: ["runs", "all-runs", "plan", "overview"],
  "template-runs": ["template-runs", "all-runs", "overview"],
  approvals: ["approvals", "plan", "overview"],
  events: ["events"],
};

const GAP = 250;

const LineContext = createContext<{ line: Line; since: Date }>({ line: "connecting", since: new Date(0) });

export function useLine(): { line: Line; since: Date } {
  return useContext(LineContext);
}

/** Watch *topics* while the tab is seen. A hidden tab holds no connection: a browser has six for one server. */
export function Watching({ topics, children }: { topics: readonly Topic[]; children: ReactNode }) {
  const queries = useQueryClient();
  const [line, setLine] = useState<{ line: Line; since: Date }>(() => ({ line: "connecting", since: new Date() }));
  const wanted = topics.join(" ");

  useEffect(() => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pending = new Set<string>();
    const say = (next: Line) => setLine((now) => (now.line === next ? now : { line: next, since: new Date() }));
    const flush = () => {
      timer = undefined;
      for (const key of pending) void queries.invalidateQueries({ queryKey: [key] });
      pending.clear();
    };
    const heard = (topic: Topic) => {
      for (const key of STALE[topic]) pending.add(key);
      timer ??= setTimeout(flush, GAP);
    };
    const open = () => {
      if (source !== null || document.hidden) return;
      const names = wanted.split(" ") as Topic[];
      source = new EventSource(address(`/api/v1/stream?${names.map((one) => `topics=${one}`).join("&")}`));
      source.addEventListener("open", () => say("open"));
      source.addEventListener("error", () => say("lost"));
      source.addEventListener("signed-out", () => void queries.invalidateQueries({ queryKey: ["session"] }));
      for (const topic of names) source.addEventListener(topic, () => heard(topic));
    };
    const close = () => {
      source?.close();
      source = null;
    };
    const turned = () => (document.hidden ? close() : open());
    document.addEventListener("visibilitychange", turned);
    open();
    return () => {
      document.removeEventListener("visibilitychange", turned);
      clearTimeout(timer);
      close();
    };
  }, [queries, wanted]);

  return createElement(LineContext.Provider, { value: line }, children);
}
