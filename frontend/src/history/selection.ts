/** Which characters of the document are selected, by their places in Yjs, and who wrote them. */
import * as Y from "yjs";
import type { Authors, Span } from "./client.ts";
import { nameOf } from "./people.ts";

/** A character range of one client, with its text. Lengths and clocks count UTF-16 units. */
export interface Piece {
  readonly client: number;
  readonly clock: number;
  readonly text: string;
  /** It begins another paragraph than the piece before. */
  readonly begins: boolean;
}

/** What the reader has selected, when they ask about it. */
export interface Selected {
  /** Another one each time. */
  readonly key: string;
  readonly pieces: readonly Piece[];
  /** Puts the focus back to where it was selected. */
  readonly refocus: () => void;
}

// biome-ignore lint/suspicious/noExplicitAny: Yjs' own types of events do not go together otherwise
type Kind = Y.AbstractType<any>;

/** A place in the document: between two children of a type. */
interface Place {
  readonly type: Kind;
  readonly index: number;
}

/** The text between two places of `fragment`, in the document's order. */
export function piecesBetween(fragment: Y.XmlFragment, from: Y.RelativePosition, to: Y.RelativePosition): Piece[] {
  const document = fragment.doc;
  if (document === null) return [];
  const start = Y.createAbsolutePositionFromRelativePosition(from, document);
  const end = Y.createAbsolutePositionFromRelativePosition(to, document);
  if (start === null || end === null) return [];
  const walk = new Walk(start, end);
  walk.visit(fragment);
  return walk.pieces;
}

class Walk {
  readonly pieces: Piece[] = [];
  readonly #start: Place;
  readonly #end: Place;
  #inside = false;
  #done = false;
  #begins = true;

  constructor(start: Place, end: Place) {
    this.#start = start;
    this.#end = end;
  }

  visit(type: Kind): void {
    let index = 0;
    if (type instanceof Y.XmlText) this.#begins = true;
    for (let item = type._start; item !== null && !this.#done; item = item.right) {
      if (item.deleted || !item.countable) continue;
      if (item.content instanceof Y.ContentString) {
        this.#take(type, index, item, item.content.str);
      } else {
        this.#cross(type, index);
        if (item.content instanceof Y.ContentType && !this.#done) this.visit(item.content.type);
      }
      index += item.length;
    }
    this.#cross(type, index);
  }

  /** Passes the place before the child `index` of `type`. */
  #cross(type: Kind, index: number): void {
    if (type === this.#start.type && index >= this.#start.index) this.#inside = true;
    if (this.#inside && type === this.#end.type && index >= this.#end.index) this.#done = true;
  }

  #take(type: Kind, index: number, item: Y.Item, text: string): void {
    let [begin, end] = [0, text.length];
    if (type === this.#start.type && !this.#inside) {
      if (this.#start.index >= index + text.length) return;
      begin = Math.max(0, this.#start.index - index);
      this.#inside = true;
    }
    if (!this.#inside) return;
    if (type === this.#end.type && this.#end.index <= index + text.length) {
      end = this.#end.index - index;
      this.#done = true;
    }
    if (end <= begin) return;
    const { client, clock } = item.id;
    this.pieces.push({ client, clock: clock + begin, text: text.slice(begin, end), begins: this.#begins });
    this.#begins = false;
  }
}

/** Text in a row that one person wrote in one go. */
export interface Written {
  readonly text: string;
  /** Null where nobody knows any more. */
  readonly subject: string | null;
  readonly name: string;
  /** Milliseconds since the epoch, from the first of it to the last. */
  readonly from: number;
  readonly to: number;
  /** The moment at which all of it was there; null for what the server has not told of yet. */
  readonly moment: number | null;
}

/** Text of one hand with pauses shorter than this is one piece, in milliseconds. */
const PAUSE = 5 * 60_000;

/** Who holds a client id at this moment; null where nobody does that the page knows of. */
export type WhoIs = (client: number) => { readonly id: string; readonly name: string } | null;

/** The place in `spans`, sorted by clock, of the last one that begins at or before `clock`; -1 where there is none. */
function lastBefore(spans: readonly Span[], clock: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.clock ?? 0) <= clock) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Who wrote the pieces. What the server has not told of yet is new: it belongs to whoever is here with that client. */
export function writtenBy(pieces: readonly Piece[], authors: Authors, whoIs: WhoIs, now: number): Written[] {
  const spans = new Map<number, Span[]>();
  for (const span of authors.spans) {
    const known = spans.get(span.client);
    if (known === undefined) spans.set(span.client, [span]);
    else known.push(span);
  }
  for (const all of spans.values()) all.sort((a, b) => a.clock - b.clock);

  const written: Written[] = [];
  for (const { client, clock, text, begins } of pieces) {
    const all = spans.get(client) ?? [];
    for (let at = 0; at < text.length; ) {
      const place = lastBefore(all, clock + at);
      const span = all[place];
      const known = span !== undefined && clock + at < span.clock + span.length;
      const end = known ? span.clock + span.length : (all[place + 1]?.clock ?? Number.POSITIVE_INFINITY);
      const part = text.slice(at, Math.min(text.length, end - clock));
      const origin = known ? originOf(span, authors) : newOrigin(whoIs(client), now);
      join(written, { text: part, ...origin }, begins && at === 0);
      at += part.length;
    }
  }
  return written;
}

function originOf(span: Span, { people }: Authors): Omit<Written, "text"> {
  const time = Date.parse(span.time);
  return { subject: span.subject, name: nameOf(span.subject, people), from: time, to: time, moment: span.moment };
}

function newOrigin(who: ReturnType<WhoIs>, now: number): Omit<Written, "text"> {
  return { subject: who?.id ?? null, name: who?.name ?? "Somebody", from: now, to: now, moment: null };
}

/** Adds to the last piece what belongs to it, and anything else as a piece of its own. */
function join(written: Written[], next: Written, begins: boolean): void {
  const last = written.at(-1);
  const belongs =
    last !== undefined &&
    last.subject === next.subject &&
    (last.moment === null) === (next.moment === null) &&
    next.from - last.to < PAUSE &&
    last.from - next.to < PAUSE;
  if (!belongs) {
    written.push(next);
    return;
  }
  written[written.length - 1] = {
    ...last,
    text: `${last.text}${begins ? " " : ""}${next.text}`,
    from: Math.min(last.from, next.from),
    to: Math.max(last.to, next.to),
    moment: last.moment === null || next.moment === null ? null : Math.max(last.moment, next.moment),
  };
}
