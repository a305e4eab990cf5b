export const quota = {
  label: "Quota use",
  unused: (count: number) =>
    count === 1 ? "1 other limit was not used in the last hour." : `${count.toLocaleString()} other limits were not used in the last hour.`,
  limit: "Rate limit",
  noLimit: "no limit known",
  allows: (calls: number, time: string, share: string) => `${calls.toLocaleString()} calls in ${time}; at most ${share} of them are used`,
  busiest: "Busiest time",
  inTime: (calls: number, allowed: number | null, time: string) =>
    allowed === null ? `${calls.toLocaleString()} in ${time}` : `${calls.toLocaleString()} of ${Math.floor(allowed).toLocaleString()} in ${time}`,
  nearly: "little is left",
  lastHour: "Last hour",
  refused: "Refused",
} as const;
