import { describe, expect, it } from "vitest";
import { sinceWords } from "./since.ts";

describe("how long ago", () => {
  it("is said as people say it", () => {
    const now = Date.UTC(2026, 10, 22, 12);
    const minute = 60_000;
    const said = [-5, 0.5, 1, 59, 60, 23 * 60, 24 * 60, 6 * 24 * 60, 8 * 24 * 60].map((minutes) =>
      sinceWords(now - minutes * minute, now),
    );
    expect(said).toEqual([
      "just now",
      "just now",
      "1 minute ago",
      "59 minutes ago",
      "1 hour ago",
      "23 hours ago",
      "yesterday",
      "6 days ago",
      "Nov 14, 2026",
    ]);
  });
});
