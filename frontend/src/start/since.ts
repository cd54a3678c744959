const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const full = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "short" });

/** How long ago `then` was, as one says it: "just now", "5 minutes ago", "yesterday", and a date after a week. */
export function sinceWords(then: number, now: number): string {
  const past = now - then;
  if (past > 7 * 86_400_000) return date.format(then);
  for (const [unit, length] of UNITS) {
    if (past >= length) return words.format(-Math.floor(past / length), unit);
  }
  return "just now";
}

/** The day and the time, in full. */
export function fullTime(then: number): string {
  return full.format(then);
}
