/** What of a document the server does not have, as text that a person can take elsewhere. */
import * as Y from "yjs";

/** True when something of this item is not below the state vector `since`. */
function isNew(item: Y.Item, since: ReadonlyMap<number, number>): boolean {
  return item.id.clock + item.length > (since.get(item.id.client) ?? 0);
}

/** A text's characters, and whether any of them is new. */
function readText(text: Y.XmlText, since: ReadonlyMap<number, number>): { words: string; changed: boolean } {
  let words = "";
  let changed = false;
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue;
    words += item.content.str;
    changed ||= isNew(item, since);
  }
  return { words, changed };
}

/**
 * The paragraphs of `fragment` in which something was written that is not in the state vector `since`, one on a line.
 *
 * Whole paragraphs, since a few characters out of the middle of one say nothing to a reader.
 */
export function unsavedText(fragment: Y.XmlFragment, since: ReadonlyMap<number, number>): string {
  const lines: string[] = [];
  const walk = (node: Y.XmlFragment | Y.XmlElement) => {
    for (const child of node.toArray()) {
      if (child instanceof Y.XmlText) {
        const { words, changed } = readText(child, since);
        if (changed) lines.push(words);
      } else if (child instanceof Y.XmlFragment) {
        walk(child);
      }
    }
  };
  walk(fragment);
  return lines.join("\n");
}

/** All that `document` holds now, as a state vector. */
export function vectorOf(document: Y.Doc): ReadonlyMap<number, number> {
  return Y.decodeStateVector(Y.encodeStateVector(document));
}
