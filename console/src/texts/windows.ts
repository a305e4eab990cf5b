/** Windows of time, whatever is held back in them. */
export const windows = {
  kind: "Comes",
  kinds: { daily: "again and again", once: "once" },
  from: "Begins",
  to: "Ends",
  days: "On the days",
  everyDay: "every day",
} as const;
