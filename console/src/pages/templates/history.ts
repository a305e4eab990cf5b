/** Undo and redo: every state that somebody made, and which of them is seen. */

import { useReducer } from "react";

export interface History<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
  /** what the last change was of, so that typing in one field is one step */
  tag: string;
}

const MOST = 200;

type Step<T> = { kind: "set"; value: T; tag: string } | { kind: "undo" } | { kind: "redo" } | { kind: "begin"; value: T };

export function stepped<T>(history: History<T>, step: Step<T>): History<T> {
  switch (step.kind) {
    case "begin":
      return { past: [], now: step.value, future: [], tag: "" };
    case "set": {
      if (step.tag !== "" && step.tag === history.tag) return { ...history, now: step.value, future: [] };
      return { past: [...history.past, history.now].slice(-MOST), now: step.value, future: [], tag: step.tag };
    }
    case "undo": {
      const before = history.past.at(-1);
      if (before === undefined) return history;
      return { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future], tag: "" };
    }
    case "redo": {
      const after = history.future[0];
      if (after === undefined) return history;
      return { past: [...history.past, history.now], now: after, future: history.future.slice(1), tag: "" };
    }
  }
}

export function useHistory<T>(first: T) {
  return useReducer((history: History<T>, step: Step<T>) => stepped(history, step), { past: [], now: first, future: [], tag: "" });
}
