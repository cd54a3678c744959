/** Names for documents that were only given a title. */

/** Readable in an address, with room for a folder before it and a number behind it. */
const MAX_BYTES = 96;

/** The last part of a name, made of a title's words: `Plan für März!` is `plan-für-märz`. Never empty. */
export function slugOf(title: string): string {
  const words =
    title
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const encoder = new TextEncoder();
  let slug = "";
  for (const word of words) {
    const longer = slug === "" ? word : `${slug}-${word}`;
    if (encoder.encode(longer).length > MAX_BYTES) {
      if (slug === "") slug = cut(word);
      break;
    }
    slug = longer;
  }
  return slug || "untitled";
}

/** As many of a long word's characters as there is room for. */
function cut(word: string): string {
  const encoder = new TextEncoder();
  let left = MAX_BYTES;
  let kept = "";
  for (const character of word) {
    left -= encoder.encode(character).length;
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

/** How often a number is tried before chance finds a free name. */
const NUMBERS = 5;

/** What to try, one after the other, while names are taken: `plan`, `plan-2` to `plan-5`, then `plan-` and chance. */
export function* candidates(base: string): Generator<string> {
  yield base;
  for (let number = 2; number <= NUMBERS; number++) yield `${base}-${number}`;
  for (let tries = 0; tries < 3; tries++) {
    const chance = crypto.getRandomValues(new Uint8Array(5));
    yield `${base}-${Array.from(chance, (byte) => (byte % 36).toString(36)).join("")}`;
  }
}
