const UNITS: readonly [words: string, length: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** For how long, as the end of a sentence: " for 3 minutes". Nothing below a minute, which nobody counts. */
export function durationWords(milliseconds: number): string {
  for (const [unit, length] of UNITS) {
    const count = Math.floor(milliseconds / length);
    if (count > 0)
      return ` for ${count === 1 ? (unit === "hour" ? "an" : "a") : count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return "";
}
