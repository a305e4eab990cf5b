export const work = {
  states: { queued: "waits for a worker", running: "at work", done: "done", failed: "failed" },
  of: (done: number, total: number) => `${done.toLocaleString()} of ${total.toLocaleString()}`,
  remaining: (time: string) => `about ${time} left`,
} as const;
