/** Who is here. What other people's pages say about themselves is taken as a claim, and made harmless first. */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";

/** What this page tells others about its reader. BlockNote draws the cursor from `name` and `color`. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** Six-digit hex: the cursor plugin understands nothing else. */
  readonly color: string;
  readonly [key: string]: unknown;
}

/** One person, in however many windows. */
export interface Person extends User {
  readonly self: boolean;
  readonly windows: number;
}

/** Readable under white words (4.5:1) and as a thin line on both a white and a dark page (3:1). */
export const COLORS = [
  "#c2410c",
  "#b45309",
  "#15803d",
  "#0f766e",
  "#0e7490",
  "#2563eb",
  "#7c3aed",
  "#b91ec6",
  "#d01c68",
  "#e11d48",
] as const;

/** White or black, whichever is easier to read on `color`: the claimed ones may be any. */
export function onColor(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  // The luminance at which both have the same contrast (WCAG 2.2); all of `COLORS` lie below it.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

const MAX_NAME = 60;
const HEX_COLOR = /^#[0-9a-f]{6}$/i;

/** The colour of a person, the same on every page. */
export function colorOf(id: string): string {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return COLORS[hash % COLORS.length] ?? COLORS[0];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A claim about a user, with nothing in it that a style, a label or a plugin could trip over. */
function tidyUser(claim: unknown, clientId: number): User {
  const fields = isObject(claim) ? claim : {};
  const id = typeof fields.id === "string" && fields.id !== "" ? fields.id : `client ${clientId}`;
  const name = typeof fields.name === "string" ? fields.name.trim() : "";
  const color = fields.color;
  return {
    id,
    name: [...name].slice(0, MAX_NAME).join("") || "Someone",
    color: typeof color === "string" && HEX_COLOR.test(color) ? color : colorOf(id),
  };
}

/** True for an identifier as Yjs writes it: a client and a clock. */
function isItemId(value: unknown): boolean {
  return (
    isObject(value) && [value.client, value.clock].every((part) => Number.isSafeInteger(part) && Number(part) >= 0)
  );
}

/** True for a relative position as Yjs writes it: what Yjs throws on would stop every later edit of this page. */
function isPosition(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { type, tname, item, assoc } = value;
  return (
    (type != null || tname != null || item != null) &&
    (type == null || isItemId(type)) &&
    (item == null || isItemId(item)) &&
    (tname == null || typeof tname === "string") &&
    (assoc == null || typeof assoc === "number")
  );
}

/** Makes the states of `clients` harmless in place, before the editor reads them. */
export function tidyStates(states: Map<number, Record<string, unknown>>, clients: Iterable<number>): void {
  for (const client of clients) {
    const state = states.get(client);
    if (state === undefined) continue;
    state.user = tidyUser(state.user, client);
    const cursor = state.cursor;
    if (!isObject(cursor) || !isPosition(cursor.anchor) || !isPosition(cursor.head)) state.cursor = null;
  }
}

/** Keeps other clients' states tidy from now on. Call it before an editor listens to the same awareness. */
export function keepTidy(awareness: Awareness): void {
  awareness.on("change", ({ added, updated }: { added: number[]; updated: number[] }) => {
    const others = [...added, ...updated].filter((client) => client !== awareness.clientID);
    tidyStates(awareness.getStates() as Map<number, Record<string, unknown>>, others);
  });
}

/**
 * Tells listeners of `awareness` who writes. At the end of a text a cursor says nothing new while its owner writes on, so
 * a name over it would fade in the middle of the typing.
 */
export function tellTyping(document: Y.Doc, awareness: Awareness): void {
  document.on("afterTransaction", ({ local, beforeState, afterState }: Y.Transaction) => {
    if (local) return;
    const hasWritten = (client: number) =>
      client !== awareness.clientID && beforeState.get(client) !== afterState.get(client);
    const updated = [...awareness.getStates().keys()].filter(hasWritten);
    if (updated.length > 0) awareness.emit("change", [{ added: [], updated, removed: [] }, "typing"]);
  });
}

/**
 * Calls `heard` when somebody else who is here says that they have changed the title. The function that is returned says
 * so to them: the title is no part of the document that is synced.
 */
export function tellTitles(awareness: Awareness, heard: () => void): () => void {
  let last = 0;
  awareness.on("change", () => {
    const said = [...awareness.getStates().values()].map(({ titled }) => (typeof titled === "number" ? titled : 0));
    const newest = Math.max(0, ...said);
    if (newest > last) heard();
    last = Math.max(last, newest);
  });
  return () => {
    last = Math.max(Date.now(), last + 1); // above what was said before, whatever the clocks are
    awareness.setLocalStateField("titled", last);
  };
}

/** Everyone who is here, the reader first and others by name, each person once. */
export function peopleOf(states: Map<number, Record<string, unknown>>, selfClient: number): Person[] {
  const people = new Map<string, Person>();
  for (const [client, state] of states) {
    const user = state.user as User | undefined;
    if (user === undefined) continue;
    const known = people.get(user.id);
    people.set(user.id, {
      id: user.id,
      name: user.name,
      color: user.color,
      self: client === selfClient || (known?.self ?? false),
      windows: (known?.windows ?? 0) + 1,
    });
  }
  return [...people.values()].sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name));
}
