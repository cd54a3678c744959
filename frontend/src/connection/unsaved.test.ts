import { expect, it } from "vitest";
import * as Y from "yjs";
import { unsavedText, vectorOf } from "./unsaved.ts";

function paragraph(document: Y.Doc, words: string): Y.XmlText {
  const element = new Y.XmlElement("paragraph");
  const text = new Y.XmlText(words);
  element.insert(0, [text]);
  document.getXmlFragment("blocks").push([element]);
  return text;
}

function blocksOf(document: Y.Doc): Y.XmlFragment {
  return document.getXmlFragment("blocks");
}

it("gives the whole paragraphs that were written in, in the document's order", () => {
  const document = new Y.Doc();
  const first = paragraph(document, "First.");
  paragraph(document, "Second.");
  const saved = vectorOf(document);
  expect(unsavedText(blocksOf(document), saved)).toBe("");
  paragraph(document, "Third.");
  first.insert(5, " line");
  expect(unsavedText(blocksOf(document), saved)).toBe("First line.\nThird.");
});

it("takes what others wrote, and the server has, for saved", () => {
  const [mine, theirs] = [new Y.Doc(), new Y.Doc()];
  paragraph(theirs, "Theirs.");
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
  const saved = vectorOf(theirs);
  paragraph(mine, "Mine.");
  expect(unsavedText(blocksOf(mine), saved)).toBe("Mine.");
});

it("does not give what was deleted, or only formatted", () => {
  const document = new Y.Doc();
  const text = paragraph(document, "Kept, gone.");
  const saved = vectorOf(document);
  text.delete(4, 6);
  text.format(0, 4, { bold: true });
  expect(unsavedText(blocksOf(document), saved)).toBe("");
  text.insert(0, "x");
  text.delete(0, 1);
  expect(unsavedText(blocksOf(document), saved)).toBe("");
});

it("does not give the formatting marks around a text", () => {
  const document = new Y.Doc();
  const text = paragraph(document, "");
  const saved = vectorOf(document);
  text.insert(0, "bold", { bold: true });
  expect(unsavedText(blocksOf(document), saved)).toBe("bold");
});

it("finds nested blocks", () => {
  const document = new Y.Doc();
  const group = new Y.XmlElement("blockGroup");
  const element = new Y.XmlElement("paragraph");
  element.insert(0, [new Y.XmlText("Inside.")]);
  group.insert(0, [element]);
  blocksOf(document).push([group]);
  expect(unsavedText(blocksOf(document), new Map())).toBe("Inside.");
});
