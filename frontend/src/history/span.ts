/** The part of the past that the slider goes through, and the moments at which it stops. */
import type { Share, Sitting, Step, Version } from "./client.ts";

export interface Span {
  /** The moment before it began. */
  readonly from: number;
  /** The moment at its end. */
  readonly to: number;
  /** When it began and ended, milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
}

/** What the reader looks at. */
export interface Look {
  readonly span: Span;
  /** The moment of the span at which they are. */
  readonly moment: number;
}

export interface Stop {
  readonly moment: number;
  /** Milliseconds since the epoch; null for the moment before the span began. */
  readonly time: number | null;
  /** Who changed what since the stop before. */
  readonly people: readonly Share[];
}

/** The span of sittings that follow on each other, newest first. */
export function spanOf(sittings: readonly [Sitting, ...Sitting[]]): Span {
  const newest = sittings[0];
  const oldest = sittings.at(-1) ?? newest;
  return {
    from: oldest.before,
    to: newest.moment,
    began: Date.parse(oldest.from),
    ended: Date.parse(newest.to),
  };
}

/** The span that led from one version to the next; without an older one, from the document's beginning. */
export function spanBetween(older: Version | undefined, newer: Version): Span {
  const ended = Date.parse(newer.time);
  // Two names for one moment have nothing between them: the newer one then stands for all that led to it.
  const from = older === undefined || older.moment >= newer.moment ? 0 : older.moment;
  return { from, to: newer.moment, began: from === 0 || older === undefined ? ended : Date.parse(older.time), ended };
}

/** Where the slider stops: before the span, at each of its moments, at its end. */
export function stopsOf(span: Span, steps: readonly Step[]): readonly Stop[] {
  const inside = steps
    .filter(({ moment }) => span.from < moment && moment <= span.to)
    .map(({ moment, time, people }) => ({ moment, time: Date.parse(time), people }));
  const stops: Stop[] = [{ moment: span.from, time: null, people: [] }, ...inside];
  // Its moments may not be known yet, or may have thinned out since.
  if (stops.at(-1)?.moment !== span.to) stops.push({ moment: span.to, time: span.ended, people: [] });
  return stops;
}

/** The place of the last stop at or before `moment`. */
export function placeOf(stops: readonly Stop[], moment: number): number {
  const place = stops.findLastIndex((stop) => stop.moment <= moment);
  return Math.max(0, place);
}

/** A part of the strip over the slider: whose changes stand out there, and how many there were against the most. */
export interface Bar {
  readonly subject: string | null;
  /** From 0 to 1. */
  readonly height: number;
}

/** The stops after the first as at most `most` bars of the same width. */
export function barsOf(stops: readonly Stop[], most: number): readonly Bar[] {
  const steps = stops.slice(1);
  const count = Math.min(most, steps.length);
  const sums = Array.from({ length: count }, () => new Map<string, number>());
  steps.forEach(({ people }, place) => {
    const sum = sums[Math.floor((place * count) / steps.length)];
    if (sum === undefined) return;
    for (const { subject, inserted, deleted } of people) {
      sum.set(subject, (sum.get(subject) ?? 0) + inserted + deleted);
    }
  });
  const totals = sums.map((sum) => [...sum.values()].reduce((total, part) => total + part, 0));
  const highest = Math.max(1, ...totals);
  return sums.map((sum, place) => ({
    subject: [...sum].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null,
    height: Math.sqrt((totals[place] ?? 0) / highest),
  }));
}
