import { describe, expect, it } from "vitest";
import { foldersFor, hasAnywhere, matches, reaches, roleFor } from "./grants.ts";

describe("globs", () => {
  it("match as the server's do", () => {
    const cases: [string, string, boolean][] = [
      ["**", "a/b/c", true],
      ["*", "plan", true],
      ["*", "notes/plan", false],
      ["notes/*", "notes/plan", true],
      ["notes/*", "notes/", true],
      ["notes/*", "notes/a/b", false],
      ["notes/**", "notes/a/b", true],
      ["notes/**", "notes", false],
      ["***", "a/b", true],
      ["*/plan", "notes/plan", true],
      ["*/plan", "a/b/plan", false],
      ["**/plan", "a/b/plan", true],
      ["a*c", "abc", true],
      ["a*c", "abcd", false],
      ["a.c", "abc", false],
      ["Plan", "plan", false],
      ["?", "a", false],
      ["a\nb*", "a\nbc", true],
      ["😀*", "😀 plan", true],
    ];
    for (const [glob, name, expected] of cases) expect(matches(glob, name), `${glob} ${name}`).toBe(expected);
  });

  it("cost little, however hostile", () => {
    expect(matches("*a".repeat(500), "a".repeat(254))).toBe(false);
  });
});

describe("roles", () => {
  const grants = [
    { document: "**", role: "viewer" },
    { document: "notes/**", role: "owner" },
    { document: "notes/**", role: "editor" },
  ] as const;

  it("are the greatest that any grant gives", () => {
    expect(roleFor(grants, "plan")).toBe("viewer");
    expect(roleFor(grants, "notes/plan")).toBe("owner");
    expect(roleFor([], "plan")).toBeNull();
  });

  it("have an order", () => {
    expect(reaches("owner", "editor")).toBe(true);
    expect(reaches("commenter", "editor")).toBe(false);
    expect(reaches(null, "viewer")).toBe(false);
    expect(hasAnywhere(grants, "owner")).toBe(true);
    expect(hasAnywhere([{ document: "**", role: "viewer" }], "editor")).toBe(false);
  });
});

describe("new documents", () => {
  it("go where a grant reaches, as high up as it can be", () => {
    expect(foldersFor([{ document: "**", role: "owner" }])).toEqual([""]);
    expect(
      foldersFor([
        { document: "team/notes/**", role: "editor" },
        { document: "mine/*", role: "owner" },
        { document: "all/**", role: "viewer" },
        { document: "plan", role: "editor" },
        { document: "*/drafts/*", role: "editor" },
      ]),
    ).toEqual(["mine/", "team/notes/"]);
  });
});
