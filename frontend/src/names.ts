/** Document names, and the addresses of their pages. A name is an opaque key in which `/` is an ordinary character. */

const PREFIX = "/documents/";
const LINK_PREFIX = "/s/";
const MAX_BYTES = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Why the server would refuse this name, in words for the person who typed it; null when it would not. */
export function faultOfName(name: string): string | null {
  if (name.trim() === "") return "Give the document a name.";
  if (!name.isWellFormed()) return "A name cannot hold half a character.";
  if (CONTROL.test(name)) return "A name cannot hold control characters.";
  if (new TextEncoder().encode(name).length > MAX_BYTES) return `A name can be at most ${MAX_BYTES} bytes long.`;
  if (name === "." || name === "..") return "A browser cannot open a document with this name.";
  return null;
}

/** The name as a person's typing means it: no blanks around it, one normal form. */
export function nameOfTyping(text: string): string {
  return text.trim().normalize("NFC");
}

/** What was typed as one line in one normal form, as the server takes titles and searches. */
export function lineOfTyping(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .normalize("NFC")
    .toWellFormed();
}

/** The address of a document's page. Slashes stay readable where a browser does not take them for a way up. */
export function pathOfName(name: string): string {
  const parts = name.split("/");
  const plain = parts.every((part) => part !== "" && part !== "." && part !== "..");
  return PREFIX + (plain ? parts.map(encodeURIComponent).join("/") : encodeURIComponent(name));
}

/** The name in an address, or null when it is not the address of a document's page. */
export function nameOfPath(path: string): string | null {
  if (!path.startsWith(PREFIX) || path.length === PREFIX.length) return null;
  try {
    return decodeURIComponent(path.slice(PREFIX.length));
  } catch {
    return null;
  }
}

/** The secret in the address of a share link, or null when it is another address. */
export function secretOfPath(path: string): string | null {
  const secret = path.startsWith(LINK_PREFIX) ? path.slice(LINK_PREFIX.length) : "";
  return secret === "" ? null : secret;
}
