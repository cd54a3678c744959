import { describe, expect, it } from "vitest";
import type { Block, Change, Difference, Run } from "./client.ts";
import { classesOf, embedWords, isChanged, isSame, noteOf, numbersOf, partsOf, restyleWords } from "./drawing.ts";

const run = (text: string, change: Change = "same", subject: string | null = null): Run => ({ text, change, subject });

function block(type: string, depth = 0, change: Change = "same", runs: readonly Run[] = []): Block {
  return { type, depth, change, runs };
}

function difference(...blocks: Block[]): Difference {
  const moment = { moment: 1, time: null };
  return { from: moment, to: moment, blocks, people: { a: { name: "Alice" } } };
}

describe("numbers of points", () => {
  it("count each list and each depth by itself", () => {
    const points = (...depths: (number | null)[]) =>
      depths.map((depth) => (depth === null ? block("paragraph") : block("numberedListItem", depth)));
    const numbers = numbersOf(points(0, 0, 1, 1, 0, null, 0, 1));
    expect([...numbers.values()]).toEqual([1, 2, 1, 2, 3, 1, 1]);
  });

  it("are those of the document that was looked at, whatever is gone between them", () => {
    const numbers = numbersOf([
      { ...block("numberedListItem"), props: { start: 5 } },
      block("numberedListItem", 0, "removed"),
      block("paragraph", 0, "removed"),
      block("numberedListItem", 0, "added"),
    ]);
    expect([...numbers.values()]).toEqual([5, 6, 6]);
  });
});

describe("what a block was before", () => {
  const heading: Block = { ...block("heading", 0, "changed"), props: { level: 2 } };

  it("is said in words", () => {
    expect(noteOf(heading)).toBe("");
    expect(noteOf({ ...heading, before: { type: "paragraph", props: {} } })).toBe("was text");
    expect(noteOf({ ...heading, before: { props: { level: 1 } } })).toBe("was a level 1 heading");
    expect(noteOf({ ...heading, before: { props: { textColor: "red" } } })).toBe("looks different");
    expect(noteOf({ ...block("paragraph", 2), before: { depth: 1 } })).toBe("moved in");
    expect(noteOf({ ...block("paragraph", 0), before: { depth: 1 } })).toBe("moved out");
    const task: Block = { ...block("checkListItem"), props: { checked: true }, before: { props: { checked: false } } };
    expect(noteOf(task)).toBe("ticked");
    expect(noteOf({ ...task, props: { checked: false } })).toBe("no longer ticked");
    expect(noteOf({ ...block("paragraph"), before: { type: "somethingNew" } })).toBe("was another kind of block");
  });
});

describe("a difference", () => {
  it("is one when a block or a piece of its text is another", () => {
    expect(isSame(difference(block("paragraph", 0, "same", [run("as it was")])))).toBe(true);
    expect(isSame({ ...difference(block("paragraph")), values: [{ path: ["a"] }] })).toBe(false);
    expect(isChanged(block("divider", 0, "added"))).toBe(true);
    expect(isChanged(block("paragraph", 0, "same", [run("as"), run("new", "added")]))).toBe(true);
  });

  it("is told apart by who did it, in characters as people count them", () => {
    const parts = partsOf(
      difference(
        block("paragraph", 0, "changed", [run("😀é", "added", "a"), run("gone", "removed", "b"), run("stays")]),
        block("paragraph", 0, "changed", [run("bold", "changed", "a")]),
      ),
    );
    expect(parts).toEqual([
      { subject: "b", name: "b", added: 0, removed: 4, restyled: 0 },
      { subject: "a", name: "Alice", added: 2, removed: 0, restyled: 1 },
    ]);
  });

  it("tells what nobody is known to have done", () => {
    expect(partsOf(difference(block("paragraph", 0, "added", [run("x", "added")])))[0]?.name).toBe("Somebody");
  });
});

describe("marks", () => {
  it("become classes, and nothing that a document claims becomes anything else", () => {
    expect(classesOf({ bold: true, italic: {}, code: false, link: { href: "javascript:alert(1)" } })).toBe(
      "mark-bold mark-italic mark-link",
    );
    expect(classesOf({ textColor: { stringValue: "red" }, backgroundColor: "blue" })).toBe("text-red ground-blue");
    expect(classesOf({ textColor: { stringValue: "x onload" }, backgroundColor: "default" })).toBe("");
    expect(classesOf(undefined)).toBe("");
  });

  it("that came or went are named", () => {
    const changed = { text: "x", change: "changed" } as const;
    expect(restyleWords({ ...changed, marks: { bold: true }, before: {} })).toBe("now bold");
    expect(restyleWords({ ...changed, marks: { link: {} }, before: { italic: true } })).toBe(
      "no longer italic, now a link",
    );
    expect(restyleWords({ ...changed, marks: { link: { href: "a" } }, before: { link: { href: "b" } } })).toBe(
      "looks different",
    );
  });
});

it("says what stands among the words", () => {
  expect(embedWords({ type: "hardBreak" })).toBe("\n");
  expect(embedWords({ type: "mention", attrs: { user: "Alice" } })).toBe("@Alice");
  expect(embedWords({ type: "mention" })).toBe("@somebody");
  expect(embedWords({ type: "formula", attrs: { id: 7 } })).toBe("[formula]");
});
