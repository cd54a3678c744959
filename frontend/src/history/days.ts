/** Days and times, as one says them while looking back. Days are the reader's own. */
import type { Sitting } from "./client.ts";

export interface Day {
  /** The same for each sitting of a day. */
  readonly key: string;
  /** Milliseconds since the epoch, in the middle of its newest sitting's day. */
  readonly date: number;
  readonly sittings: readonly Sitting[];
}

const clock = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });
const exact = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit", second: "2-digit" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long" });
const thisYear = new Intl.DateTimeFormat("en", { weekday: "long", month: "long", day: "numeric" });
const anyYear = new Intl.DateTimeFormat("en", { month: "long", day: "numeric", year: "numeric" });
const short = new Intl.DateTimeFormat("en", { weekday: "short", month: "short", day: "numeric" });
const shortAnyYear = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", year: "numeric" });

const DAY = 86_400_000;

function keyOfDay(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** How many midnights lie between two times. */
function daysBetween(then: number, now: number): number {
  const midnight = (time: number) => {
    const date = new Date(time);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(now) - midnight(then)) / DAY);
}

/** Sittings, newest first, by the day on which each ended. */
export function daysOf(sittings: readonly Sitting[]): Day[] {
  const days: { key: string; date: number; sittings: Sitting[] }[] = [];
  for (const sitting of sittings) {
    const date = Date.parse(sitting.to);
    const key = keyOfDay(date);
    const last = days.at(-1);
    if (last?.key === key) last.sittings.push(sitting);
    else days.push({ key, date, sittings: [sitting] });
  }
  return days;
}

/** "Today", "Yesterday", "Monday", "Monday, November 2", "November 2, 2025". */
export function dayWords(then: number, now: number): string {
  const days = daysBetween(then, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return weekday.format(then);
  return new Date(then).getFullYear() === new Date(now).getFullYear() ? thisYear.format(then) : anyYear.format(then);
}

/** From when to when, as short as it can be said: "2:05 – 2:32 PM". A sitting may have begun the day before. */
export function spanWords(from: number, to: number): string {
  if (clock.format(from) === clock.format(to) && keyOfDay(from) === keyOfDay(to)) return clock.format(to);
  if (keyOfDay(from) === keyOfDay(to)) return clock.formatRange(from, to);
  return `${short.format(from)}, ${clock.format(from)} – ${clock.format(to)}`;
}

/** The day and the time: "today, 2:05 PM", "Mon, Nov 2, 2:05 PM". */
export function dateWords(then: number, now: number): string {
  return withDay(then, now, clock);
}

/** The same to the second, where a few of them lie between one moment and the next. */
export function momentWords(then: number, now: number): string {
  return withDay(then, now, exact);
}

function withDay(then: number, now: number, format: Intl.DateTimeFormat): string {
  const days = daysBetween(then, now);
  const time = format.format(then);
  if (days <= 0) return `today, ${time}`;
  if (days === 1) return `yesterday, ${time}`;
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return `${(sameYear ? short : shortAnyYear).format(then)}, ${time}`;
}
