/**
 * A share link, as whoever holds it sees it.
 *
 * The secret stands in the link's address. It is exchanged for a short-lived token of one document and for a *pass*, with
 * which the same guest gets the next token: without the password again, and without using the link up.
 */
import { askUnsigned, Problem, type Role, type Session } from "../session.ts";

/** What a link tells before anyone has come in by it; of the document nothing while a password is asked for. */
export interface Link {
  readonly role: Role;
  readonly title: string | null;
  readonly document: string | null;
  readonly passwordRequired: boolean;
}

/** A guest who was let in. */
export interface Entry {
  readonly token: string;
  /** When the token ends, RFC 3339. */
  readonly expires: string;
  readonly document: string;
  readonly title: string;
  readonly role: Role;
  readonly subject: string;
  readonly name: string;
  readonly pass: string;
}

const pathOf = (secret: string) => `/api/v1/shares/${secret}`;

/** Throws `Problem` for a link that lets nobody in (any more), `Unreachable` when the server says nothing. */
export function lookAt(secret: string): Promise<Link> {
  return askUnsigned(pathOf(secret));
}

/** Comes in for the first time. Throws `Problem`, with code `password-wrong` where that was it. */
export function enter(secret: string, name: string, password: string): Promise<Entry> {
  return askUnsigned(`${pathOf(secret)}/session`, password === "" ? { name } : { name, password });
}

/** Codes of this page for a link's end: the server's words would be about the document. */
const CODES: ReadonlyMap<string, string> = new Map([
  ["not-found", "link-ended"],
  ["password-required", "link-asks"],
  ["password-wrong", "link-asks"],
  ["unauthenticated", "pass-revoked"],
]);

/** Comes in again. Throws `Problem`, with a code of its own where it is the link that has ended. */
export async function reenter(secret: string, pass: string): Promise<Entry> {
  try {
    return await askUnsigned<Entry>(`${pathOf(secret)}/session`, { pass });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.status, CODES.get(error.code) ?? error.code, error.message);
  }
}

export function sessionOf({ token, expires, document, role, subject, name }: Entry): Session {
  return { token, expires, subject, name, grants: [{ document, role }], guest: true };
}
