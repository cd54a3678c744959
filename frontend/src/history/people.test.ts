import { expect, it } from "vitest";
import { nameOf, namesWords, sumOf, sumWords } from "./people.ts";

it("names a few, and counts the others", () => {
  expect(namesWords([])).toBe("Nobody");
  expect(namesWords(["Alice"])).toBe("Alice");
  expect(namesWords(["Alice", "Bob"])).toBe("Alice and Bob");
  expect(namesWords(["Alice", "Bob", "Carol"])).toBe("Alice, Bob and Carol");
  expect(namesWords(["Alice", "Bob", "Carol", "Dave"])).toBe("Alice, Bob and 2 others");
});

it("says what was done in a sentence", () => {
  const share = (inserted: number, deleted: number) => ({ subject: "a", name: "A", inserted, deleted });
  expect(sumOf([share(2, 1), share(3, 0)])).toEqual({ inserted: 5, deleted: 1 });
  expect(sumWords({ inserted: 1, deleted: 0 })).toBe("1 character added");
  expect(sumWords({ inserted: 0, deleted: 2 })).toBe("2 characters removed");
  expect(sumWords({ inserted: 1200, deleted: 2 })).toBe("1,200 characters added, 2 removed");
  expect(sumWords({ inserted: 0, deleted: 0 })).toBe("no text changed");
});

it("calls people by their name, their subject, or not at all", () => {
  expect(nameOf("a", { a: { name: "Alice" } })).toBe("Alice");
  expect(nameOf("a", { a: { name: "" } })).toBe("a");
  expect(nameOf("a", {})).toBe("a");
  expect(nameOf(null, {})).toBe("Somebody");
});
