import { describe, expect, it } from "vitest";
import { faultOfName } from "../names.ts";
import { candidates, slugOf } from "./slug.ts";

describe("a name made from a title", () => {
  it("is readable", () => {
    expect(slugOf("Sprint planning")).toBe("sprint-planning");
    expect(slugOf("  Plan für März! (Q3/Q4) ")).toBe("plan-für-märz-q3-q4");
    expect(slugOf("日本語 メモ")).toBe("日本語-メモ");
    expect(slugOf("U\u0308bung")).toBe("übung");
  });

  it("is a name, whatever the title", () => {
    for (const title of ["", "…", "🎉🎉", "../..", ".", "x".repeat(500), "語".repeat(200), "word ".repeat(200)]) {
      const slug = slugOf(title);
      expect(faultOfName(`${slug}-12345`), title).toBeNull();
      expect(slug, title).toMatch(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*$/u);
      expect(new TextEncoder().encode(slug).length).toBeLessThanOrEqual(96);
    }
    expect(slugOf("🎉")).toBe("untitled");
  });

  it("ends at a word, where it is too long", () => {
    expect(slugOf(`${"word ".repeat(18)} ${"x".repeat(40)}`)).toBe(Array(18).fill("word").join("-"));
  });

  it("gets a number where it is taken, and ends", () => {
    const tried = [...candidates("plan")];
    expect(tried.slice(0, 5)).toEqual(["plan", "plan-2", "plan-3", "plan-4", "plan-5"]);
    for (const name of tried.slice(5)) expect(name).toMatch(/^plan-[0-9a-z]{5}$/);
    expect(new Set(tried).size).toBe(tried.length);
  });
});
