import { describe, expect, it } from "vitest";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { COLORS, colorOf, onColor, peopleOf, tellTitles, tellTyping, tidyStates } from "./presence.ts";

/** Relative luminance (WCAG 2). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function tidied(state: Record<string, unknown>): Record<string, unknown> {
  const states = new Map<number, Record<string, unknown>>([[7, state]]);
  tidyStates(states, [7, 8]);
  return states.get(7) ?? {};
}

describe("colours", () => {
  it("carry white words, and are seen as a line on a white and on a dark page", () => {
    for (const color of COLORS) {
      expect(color).toMatch(/^#[0-9a-f]{6}$/);
      expect(contrast(color, "#ffffff"), color).toBeGreaterThanOrEqual(4.5);
      expect(contrast(color, "#191918"), color).toBeGreaterThanOrEqual(3);
    }
  });

  it("are written on in white or black, whichever can be read", () => {
    for (const color of [...COLORS, "#ffee00", "#000000", "#ffffff", "#808080", "#ff0000", "#00ff00"]) {
      expect(contrast(color, onColor(color)), color).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("are a person's own everywhere", () => {
    expect(colorOf("alice")).toBe(colorOf("alice"));
    expect(new Set(["alice", "bob", "carol", "dave", "erin"].map(colorOf)).size).toBeGreaterThan(1);
  });
});

describe("typing", () => {
  it("is told of those who write and are here, and of nobody else", () => {
    const [mine, theirs, gone] = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
    const awareness = new Awareness(mine);
    const told: number[][] = [];
    awareness.on("change", ({ updated }: { updated: number[] }) => told.push(updated));
    tellTyping(mine, awareness);
    const other = new Awareness(theirs);
    other.setLocalState({ user: { name: "Other" } });
    applyAwarenessUpdate(awareness, encodeAwarenessUpdate(other, [theirs.clientID]), "test");
    told.length = 0;
    theirs.getText().insert(0, "theirs");
    gone.getText().insert(0, "gone");
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(gone));
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
    mine.getText().insert(0, "mine");
    expect(told).toEqual([[theirs.clientID]]);
    awareness.destroy();
    other.destroy();
  });
});

describe("others' claims", () => {
  it("that are in order stay as they are", () => {
    const position = Y.relativePositionToJSON(
      Y.createRelativePositionFromTypeIndex(new Y.Doc().getXmlFragment("document-store"), 0),
    );
    const cursor = { anchor: position, head: position };
    const user = { id: "bob", name: "Bob", color: "#15803d" };
    expect(tidied({ user, cursor })).toEqual({ user, cursor });
  });

  it("cannot bring styles, other types or endless names", () => {
    const { user } = tidied({ user: { id: "eve", name: "e".repeat(5000), color: "red; background: url(//evil)" } });
    expect(user).toEqual({ id: "eve", name: "e".repeat(60), color: colorOf("eve") });
    expect(tidied({ user: { id: 3, name: { toString: null }, color: null } }).user).toEqual({
      id: "client 7",
      name: "Someone",
      color: colorOf("client 7"),
    });
    expect(tidied({ user: "eve" }).user).toMatchObject({ name: "Someone" });
  });

  it("of cursors that Yjs would throw on are dropped", () => {
    const good = { type: null, tname: "document-store", item: null, assoc: 0 };
    const bad = [
      null,
      3,
      [],
      {},
      { item: 5 },
      { item: { client: 1 } },
      { item: { client: 1, clock: -1 } },
      { tname: 4 },
    ];
    expect(() => Y.createRelativePositionFromJSON(null)).toThrow();
    for (const position of bad) {
      expect(tidied({ cursor: { anchor: position, head: good } }).cursor, JSON.stringify(position)).toBeNull();
      expect(tidied({ cursor: { anchor: good, head: position } }).cursor, JSON.stringify(position)).toBeNull();
    }
    expect(tidied({ cursor: "here" }).cursor).toBeNull();
  });
});

describe("who is here", () => {
  it("is each person once, the reader first", () => {
    const user = (id: string) => ({ user: { id, name: id.toUpperCase(), color: colorOf(id) } });
    const states = new Map<number, Record<string, unknown>>([
      [1, user("zoe")],
      [2, user("bob")],
      [3, user("alice")],
      [4, user("bob")],
      [5, {}],
    ]);
    expect(peopleOf(states, 4)).toMatchObject([
      { id: "bob", self: true, windows: 2 },
      { id: "alice", self: false, windows: 1 },
      { id: "zoe", self: false, windows: 1 },
    ]);
  });
});

describe("a title that was changed", () => {
  function awarenesses(): [Awareness, Awareness] {
    const [one, other] = [new Awareness(new Y.Doc()), new Awareness(new Y.Doc())];
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      from.on("update", (_: unknown, origin: unknown) => {
        if (origin === "local") applyAwarenessUpdate(to, encodeAwarenessUpdate(from, [from.clientID]), "wire");
      });
    }
    return [one, other];
  }

  it("is told to the others, each time, and to nobody twice", () => {
    const [one, other] = awarenesses();
    const heard = { one: 0, other: 0 };
    const tell = tellTitles(one, () => heard.one++);
    const answer = tellTitles(other, () => heard.other++);
    tell();
    one.setLocalStateField("cursor", null);
    expect(heard).toEqual({ one: 0, other: 1 });
    answer();
    tell();
    expect(heard).toEqual({ one: 1, other: 2 });
    for (const awareness of [one, other]) awareness.destroy();
  });
});
