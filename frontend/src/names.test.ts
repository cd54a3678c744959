import { describe, expect, it } from "vitest";
import { faultOfName, lineOfTyping, nameOfPath, nameOfTyping, pathOfName, secretOfPath } from "./names.ts";

/** The path as a browser makes it of an address: it resolves dots, and encodes what is not encoded. */
function browserPath(path: string): string {
  return new URL(path, "http://collab.example").pathname;
}

describe("addresses", () => {
  it("bring every name back, through a browser", () => {
    const names = [
      "plan",
      "notes/2026/plan",
      "a//b",
      "/a",
      "a/",
      "a/../b",
      "../b",
      "./b",
      "a/.",
      "%2e%2e",
      "50 % off",
      "a?b#c",
    ];
    for (const name of [...names, "Übersicht", "日本語/😀", "a\\b", "a+b&c=d;e:f@g"]) {
      expect(nameOfPath(browserPath(pathOfName(name))), name).toBe(name);
    }
  });

  it("keep slashes readable where that is safe", () => {
    expect(pathOfName("notes/my plan")).toBe("/documents/notes/my%20plan");
    expect(pathOfName("notes/../plan")).toBe("/documents/notes%2F..%2Fplan");
  });

  it("of other pages, or badly encoded ones, hold no name", () => {
    for (const path of ["/", "/documents", "/documents/", "/s/abc", "/documents/%zz"]) {
      expect(nameOfPath(path), path).toBeNull();
    }
  });
});

describe("typed names", () => {
  it("are trimmed, and in one normal form", () => {
    expect(nameOfTyping("  U\u0308bung ")).toBe("\u00dcbung");
  });

  it("and titles are one line", () => {
    expect(lineOfTyping(" a\tb \u2028\u0000 c\n")).toBe("a b c");
    expect(lineOfTyping("\ud83d!")).toBe("\ufffd!");
  });

  it("are told what is wrong with them", () => {
    expect(faultOfName("notes/plan")).toBeNull();
    expect(faultOfName("ü".repeat(127))).toBeNull();
    for (const name of ["", "   ", "a\u0000b", "a\nb", "ü".repeat(128), "\ud83d", ".", ".."]) {
      expect(faultOfName(name), JSON.stringify(name)).not.toBeNull();
    }
  });
});

it("a link's secret is what stands behind /s/", () => {
  expect(secretOfPath("/s/AbC-_9")).toBe("AbC-_9");
  for (const path of ["/s/", "/s", "/", "/documents/s/x", "/S/x"]) expect(secretOfPath(path), path).toBeNull();
});
