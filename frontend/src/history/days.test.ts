import { describe, expect, it } from "vitest";
import type { Sitting } from "./client.ts";
import { dateWords, daysOf, dayWords, momentWords, spanWords } from "./days.ts";

/** A time of the reader's own clock, wherever they are. */
const at = (...parts: [number, number, number, number?, number?, number?]) => new Date(...parts).getTime();
/** Thin and unbreakable spaces are the formatter's own business. */
const plain = (words: string) => words.replace(/\s/gu, " ");

function sitting(to: number, from = to): Sitting {
  const [begin, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
  return { moment: to, before: from, from: begin, to: end, steps: 1, people: [], restored: [], versions: [] };
}

describe("days", () => {
  it("are the reader's own, and begin at midnight", () => {
    const times = [at(2026, 10, 24, 0, 5), at(2026, 10, 23, 23, 55), at(2026, 10, 23, 1), at(2026, 9, 23, 1)];
    const days = daysOf(times.map((time) => sitting(time)));
    expect(days.map(({ sittings }) => sittings.length)).toEqual([1, 2, 1]);
    expect(new Set(days.map(({ key }) => key)).size).toBe(3);
  });

  it("count a sitting where it ended", () => {
    const days = daysOf([sitting(at(2026, 10, 24, 0, 5), at(2026, 10, 23, 22)), sitting(at(2026, 10, 23, 21))]);
    expect(days.map(({ sittings }) => sittings.length)).toEqual([1, 1]);
  });

  it("are called as one calls them", () => {
    const now = at(2026, 10, 24, 0, 30); // a Tuesday, half an hour old
    expect(dayWords(at(2026, 10, 24, 0, 5), now)).toBe("Today");
    expect(dayWords(at(2026, 10, 23, 23, 55), now)).toBe("Yesterday");
    expect(dayWords(at(2026, 10, 22), now)).toBe("Sunday");
    expect(dayWords(at(2026, 10, 18), now)).toBe("Wednesday");
    expect(dayWords(at(2026, 10, 17), now)).toBe("Tuesday, November 17");
    expect(dayWords(at(2025, 10, 24), now)).toBe("November 24, 2025");
    // A server whose clock is ahead.
    expect(dayWords(at(2026, 10, 25), now)).toBe("Today");
  });
});

describe("times", () => {
  it("of a sitting are as short as they can be", () => {
    expect(plain(spanWords(at(2026, 10, 24, 14, 5), at(2026, 10, 24, 14, 5, 30)))).toBe("2:05 PM");
    expect(plain(spanWords(at(2026, 10, 24, 14, 5), at(2026, 10, 24, 14, 32)))).toBe("2:05 – 2:32 PM");
    expect(plain(spanWords(at(2026, 10, 24, 11, 5), at(2026, 10, 24, 14, 32)))).toBe("11:05 AM – 2:32 PM");
    expect(plain(spanWords(at(2026, 10, 23, 23, 0), at(2026, 10, 24, 1, 0)))).toBe("Mon, Nov 23, 11:00 PM – 1:00 AM");
  });

  it("of a moment name its day", () => {
    const now = at(2026, 10, 24, 15);
    expect(plain(momentWords(at(2026, 10, 24, 14, 5, 9), now))).toBe("today, 2:05:09 PM");
    expect(plain(dateWords(at(2026, 10, 23, 14, 5, 9), now))).toBe("yesterday, 2:05 PM");
    expect(plain(dateWords(at(2026, 10, 2, 14, 5), now))).toBe("Mon, Nov 2, 2:05 PM");
    expect(plain(dateWords(at(2025, 10, 2, 14, 5), now))).toBe("Nov 2, 2025, 2:05 PM");
  });
});
