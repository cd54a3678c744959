import { describe, expect, it } from "vitest";
import type { Sitting, Step } from "./client.ts";
import { barsOf, placeOf, spanBetween, spanOf, stopsOf } from "./span.ts";

const clock = (second: number) => new Date(second * 1000).toISOString();

function sitting(before: number, moment: number): Sitting {
  return {
    ...{ moment, before, from: clock(before + 1), to: clock(moment), steps: moment - before },
    ...{ people: [], restored: [], versions: [] },
  };
}

function step(moment: number, ...counts: [string, number][]): Step {
  const people = counts.map(([subject, inserted]) => ({ subject, name: subject, inserted, deleted: 0 }));
  return { moment, time: clock(moment), people };
}

describe("a span", () => {
  it("of a day goes from before its first sitting to the end of its last", () => {
    const span = spanOf([sitting(20, 30), sitting(5, 9)]);
    expect(span).toEqual({ from: 5, to: 30, began: 6_000, ended: 30_000 });
  });

  it("of a version begins with the one before it, or with the document", () => {
    const version = (moment: number) => ({
      ...{ id: `v-${moment}`, name: "", moment, time: clock(moment), created: clock(99) },
      ...{ subject: null, author: null, automatic: false },
    });
    expect(spanBetween(version(5), version(9))).toEqual({ from: 5, to: 9, began: 5_000, ended: 9_000 });
    expect(spanBetween(undefined, version(9))).toMatchObject({ from: 0, to: 9 });
    expect(spanBetween(version(9), version(9))).toMatchObject({ from: 0, to: 9 });
  });

  it("stops before it, at its moments, and at its end", () => {
    const span = spanOf([sitting(5, 9)]);
    expect(stopsOf(span, []).map(({ moment }) => moment)).toEqual([5, 9]);
    // The answer may hold the moment that the span begins after.
    const stops = stopsOf(span, [step(5), step(7), step(9), step(11)]);
    expect(stops.map(({ moment, time }) => [moment, time])).toEqual([
      [5, null],
      [7, 7_000],
      [9, 9_000],
    ]);
    // The last moment has thinned out of the answer.
    expect(stopsOf(span, [step(7)]).map(({ moment }) => moment)).toEqual([5, 7, 9]);
  });

  it("has a place for every moment", () => {
    const stops = stopsOf(spanOf([sitting(5, 9)]), [step(7), step(9)]);
    expect([4, 5, 6, 7, 8, 9, 10].map((moment) => placeOf(stops, moment))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  });
});

describe("the strip", () => {
  it("shows who did most at each place", () => {
    const stops = stopsOf(spanOf([sitting(0, 4)]), [step(1, ["a", 3], ["b", 1]), step(2), step(3, ["b", 4]), step(4)]);
    expect(barsOf(stops, 10).map(({ subject }) => subject)).toEqual(["a", null, "b", null]);
    expect(barsOf(stops, 2).map(({ subject }) => subject)).toEqual(["a", "b"]);
    expect(barsOf(stops, 2).map(({ height }) => height)).toEqual([1, 1]);
  });

  it("has no more bars than fit, and leaves out no step", () => {
    const steps = Array.from({ length: 1001 }, (_, place) => step(place + 1, ["a", 1]));
    const bars = barsOf(stopsOf(spanOf([sitting(0, 1001)]), steps), 96);
    expect(bars.length).toBe(96);
    expect(bars.every(({ subject }) => subject === "a")).toBe(true);
  });
});
