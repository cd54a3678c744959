import { describe, expect, it } from "vitest";
import type { Share } from "./sharing.ts";
import { fieldOfTime, standingOf, termsWords, untilWords, usesOfTyping, usesWords } from "./terms.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const HOUR = 3_600_000;
const at = (offset: number) => new Date(NOW + offset).toISOString();

function share(fields: Partial<Share> = {}): Share {
  return {
    id: "1",
    role: "viewer",
    name: null,
    password: false,
    expires: null,
    maxUses: null,
    uses: 0,
    created: at(-HOUR),
    subject: "ann",
    author: "Ann",
    revoked: null,
    ...fields,
  };
}

describe("a link", () => {
  it("stands until it is revoked, expires or is used up", () => {
    expect(standingOf(share(), NOW)).toBe("open");
    expect(standingOf(share({ expires: at(1) }), NOW)).toBe("open");
    expect(standingOf(share({ expires: at(0) }), NOW)).toBe("expired");
    expect(standingOf(share({ maxUses: 2, uses: 1 }), NOW)).toBe("open");
    expect(standingOf(share({ maxUses: 2, uses: 2 }), NOW)).toBe("used up");
    expect(standingOf(share({ revoked: at(-1), expires: at(-1) }), NOW)).toBe("revoked");
  });

  it("tells its terms in a line", () => {
    expect(termsWords(share(), NOW)).toBe("Can view · not used yet");
    expect(termsWords(share({ password: true, expires: at(72 * HOUR), maxUses: 10, uses: 2 }), NOW)).toBe(
      "Can view · expires in 3 days · password · 2 of 10 used",
    );
    expect(termsWords(share({ maxUses: 1, uses: 1 }), NOW)).toBe("Can view · used up (1 of 1)");
    expect(termsWords(share({ expires: at(-1), uses: 3 }), NOW)).toMatch(/^Can view · expired on .* · used 3 times$/);
    expect(termsWords(share({ role: "editor", revoked: at(-1), uses: 1 }), NOW)).toBe("Can edit · revoked · used once");
    expect(usesWords(share({ uses: 2 }))).toBe("used twice");
  });

  it("ends in so long", () => {
    expect(untilWords(NOW + 20_000, NOW)).toBe("in less than a minute");
    expect(untilWords(NOW + 60_000, NOW)).toBe("in 1 minute");
    expect(untilWords(NOW + 7 * 24 * HOUR - 1000, NOW)).toBe("in 7 days");
    expect(untilWords(NOW + 400 * 24 * HOUR, NOW)).toMatch(/^on Jan 2, 2028/);
  });
});

describe("what was typed", () => {
  it("is a number of uses, or none, or nonsense", () => {
    expect(usesOfTyping(" ")).toBeNull();
    expect(usesOfTyping(" 12 ")).toBe(12);
    for (const text of ["0", "-1", "1.5", "ten", "1e3", "9999999"]) expect(usesOfTyping(text), text).toBeUndefined();
  });

  it("is a moment in the reader's own zone", () => {
    expect(Date.parse(fieldOfTime(NOW))).toBe(NOW);
  });
});
