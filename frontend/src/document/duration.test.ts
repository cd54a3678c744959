import { expect, it } from "vitest";
import { durationWords } from "./duration.ts";

it("says how long, in the largest unit that fits", () => {
  const minute = 60_000;
  expect(durationWords(59_999)).toBe("");
  expect(durationWords(minute)).toBe(" for a minute");
  expect(durationWords(3.9 * minute)).toBe(" for 3 minutes");
  expect(durationWords(60 * minute)).toBe(" for an hour");
  expect(durationWords(25 * 60 * minute)).toBe(" for a day");
  expect(durationWords(72 * 60 * minute)).toBe(" for 3 days");
});
