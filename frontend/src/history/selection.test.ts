import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { Authors, Span } from "./client.ts";
import { type Piece, piecesBetween, writtenBy } from "./selection.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 24, 12);

/** A document as BlockNote makes it: a group of containers, each with a paragraph. */
function documentOf(...paragraphs: string[]): { document: Y.Doc; fragment: Y.XmlFragment; texts: Y.XmlText[] } {
  const document = new Y.Doc();
  const fragment = document.getXmlFragment("blocks");
  const group = new Y.XmlElement("blockGroup");
  fragment.insert(0, [group]);
  const texts = paragraphs.map((words) => {
    const container = new Y.XmlElement("blockContainer");
    const paragraph = new Y.XmlElement("paragraph");
    const text = new Y.XmlText(words);
    paragraph.insert(0, [text]);
    container.insert(0, [paragraph]);
    group.push([container]);
    return text;
  });
  return { document, fragment, texts };
}

type Kind = Parameters<typeof Y.createRelativePositionFromTypeIndex>[0];
const place = (type: Kind, index: number) => Y.createRelativePositionFromTypeIndex(type, index);
const words = (pieces: readonly Piece[]) => pieces.map(({ text }) => text);

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new Error(`nothing at ${index}`);
  return value;
}

describe("what is selected", () => {
  it("is found within a text, and over several of them", () => {
    const { document, fragment, texts } = documentOf("First line", "Second", "Third line");
    const [first, last] = [at(texts, 0), at(texts, 2)];
    const within = piecesBetween(fragment, place(first, 6), place(first, 10));
    expect(words(within)).toEqual(["line"]);
    const start = Y.createAbsolutePositionFromRelativePosition(place(first, 6), document);
    expect(start?.index).toBe(6);
    expect(within[0]).toMatchObject({ client: document.clientID, clock: (first._start?.id.clock ?? 0) + 6 });
    const over = piecesBetween(fragment, place(first, 6), place(last, 5));
    expect(words(over)).toEqual(["line", "Second", "Third"]);
    expect(over.every(({ begins }) => begins)).toBe(true);
  });

  it("leaves out what is deleted, and what is not text", () => {
    const { fragment, texts } = documentOf("Kept gone kept");
    const text = at(texts, 0);
    text.delete(5, 5);
    text.format(0, 4, { bold: {} });
    text.insertEmbed(5, { picture: true });
    expect(words(piecesBetween(fragment, place(text, 0), place(text, text.length))).join("")).toBe("Kept kept");
    expect(words(piecesBetween(fragment, place(text, 6), place(text, text.length)))).toEqual(["kept"]);
  });

  it("keeps the clocks of whoever wrote each piece", () => {
    const mine = documentOf("Mine.");
    const theirs = new Y.Doc();
    Y.applyUpdate(theirs, Y.encodeStateAsUpdate(mine.document));
    const copy = theirs.getXmlFragment("blocks").toArray()[0] as Y.XmlElement;
    const text = ((copy.get(0) as Y.XmlElement).get(0) as Y.XmlElement).get(0) as Y.XmlText;
    text.insert(2, "THEIRS");
    Y.applyUpdate(mine.document, Y.encodeStateAsUpdate(theirs));
    const first = at(mine.texts, 0);
    const pieces = piecesBetween(mine.fragment, place(first, 1), place(first, 9));
    expect(pieces.map(({ client, text }) => [client === theirs.clientID, text])).toEqual([
      [false, "i"],
      [true, "THEIRS"],
      [false, "n"],
    ]);
  });

  it("may end where there is no text at all", () => {
    const { fragment, texts } = documentOf("First", "", "Third");
    const group = fragment.get(0) as Y.XmlElement;
    expect(words(piecesBetween(fragment, place(at(texts, 0), 2), place(at(texts, 1), 0)))).toEqual(["rst"]);
    const empty = (group.get(1) as Y.XmlElement).get(0) as Y.XmlElement;
    expect(words(piecesBetween(fragment, place(empty, 0), place(at(texts, 2), 2)))).toEqual(["Th"]);
    expect(words(piecesBetween(fragment, place(fragment, 0), place(fragment, 1)))).toEqual(["First", "Third"]);
  });
});

describe("who wrote it", () => {
  const piece = (client: number, clock: number, text: string, begins = false): Piece => ({
    client,
    clock,
    text,
    begins,
  });
  const span = (client: number, clock: number, length: number, subject: string | null, minutesAgo = 0): Span => ({
    ...{ client, clock, length, subject, moment: 100 - minutesAgo },
    time: new Date(NOW - minutesAgo * MINUTE).toISOString(),
  });
  const authors = (...spans: Span[]): Authors => ({ moment: 100, spans, people: { a: { name: "Alice" } } });
  const nobody = () => null;
  const short = (of: ReturnType<typeof writtenBy>) => of.map(({ text, name }) => [text, name]);

  it("is found by place, whatever way the server has cut its spans", () => {
    const all = authors(span(2, 0, 100, "b"), span(1, 14, 6, "b"), span(1, 10, 4, "a"));
    expect(short(writtenBy([piece(1, 12, "abcd"), piece(2, 3, "ef")], all, nobody, NOW))).toEqual([
      ["ab", "Alice"],
      ["cdef", "b"],
    ]);
  });

  it("joins what one person wrote in one go, and parts what lies further apart", () => {
    const all = authors(span(1, 0, 2, "a", 60), span(1, 2, 2, "a", 58), span(1, 4, 2, "a", 5));
    const written = writtenBy([piece(1, 0, "abcd"), piece(1, 4, "ef")], all, nobody, NOW);
    expect(short(written)).toEqual([
      ["abcd", "Alice"],
      ["ef", "Alice"],
    ]);
    expect(written[0]).toMatchObject({ from: NOW - 60 * MINUTE, to: NOW - 58 * MINUTE, moment: 42 });
  });

  it("sets paragraphs apart by a blank", () => {
    const all = authors(span(1, 0, 10, "a"));
    expect(short(writtenBy([piece(1, 0, "one", true), piece(1, 5, "two", true)], all, nobody, NOW))).toEqual([
      ["one two", "Alice"],
    ]);
  });

  it("of what the server does not know yet is whoever is here with that client", () => {
    const whoIs = (client: number) => (client === 7 ? { id: "me", name: "Me" } : null);
    const all = authors(span(7, 0, 2, "me", 1));
    const written = writtenBy([piece(7, 0, "abcd"), piece(8, 0, "ef")], all, whoIs, NOW);
    expect(written.map(({ text, subject, moment }) => [text, subject, moment])).toEqual([
      ["ab", "me", 99],
      ["cd", "me", null],
      ["ef", null, null],
    ]);
  });

  it("takes a document of many spans in its stride", () => {
    const spans = Array.from({ length: 20_000 }, (_, place) => span(1, place * 2, 2, place % 2 ? "a" : "b"));
    const written = writtenBy([piece(1, 0, "x".repeat(40_000))], authors(...spans), nobody, NOW);
    expect(written.length).toBe(20_000);
  });
});
