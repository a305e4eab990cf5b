import { useEffect, useState } from "react";

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** Return how far *at* is from *now*, in words; yesterday and tomorrow are days of the viewer's calendar. */
export function relative(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const [unit, size] = UNITS.find((one) => Math.abs(seconds) >= one[1]) ?? (["second", 1] as const);
  const count = unit === "day" ? day(at) - day(now) : Math.trunc(seconds / size);
  // "last month" is a month of the calendar too, and was not meant
  const numeric = unit === "day" || count === 0 ? "auto" : "always";
  return new Intl.RelativeTimeFormat(undefined, { numeric }).format(count, unit);
}

/** The number of a day in the viewer's calendar. */
function day(at: Date): number {
  return Math.round(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000);
}

export function exact(at: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

/** Return the viewer's time zone by its name. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Return *local*, ISO 8601 with an offset, as the clock shows it where that offset holds. */
export function wall(local: string): string {
  const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }).format(new Date(`${local.slice(0, 19)}Z`));
  return `${shown} ${local.slice(19).replace("Z", "+00:00")}`;
}

/** Return a length of time as people say it: 2 h 5 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 1) return `${Math.round(seconds * 1000)} ms`;
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** Return the time, which goes on by itself every so many milliseconds. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** A moment in the viewer's time zone; UTC on hover. *exact*: the clock's time in place of how long ago. */
export function Moment({ at, exact: clock = false }: { at: string | null | undefined; exact?: boolean }) {
  const now = useNow(30_000);
  if (at === null || at === undefined || at === "") return <span>–</span>;
  const date = new Date(at);
  const utc = `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return (
    <time dateTime={date.toISOString()} title={clock ? utc : `${exact(date)} · ${utc}`}>
      {clock ? exact(date) : relative(date, new Date(now))}
    </time>
  );
}
