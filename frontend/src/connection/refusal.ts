/** Why the server does not let this page have the document, in kinds that a page can explain. */
import type { Problem } from "../session.ts";

export type RefusalKind =
  | "signed-out"
  /** Another person has signed in to this browser since the page was opened. */
  | "somebody-else"
  | "forbidden"
  /** The person was in, and may not have the document any more. */
  | "ended"
  /** The link by which a guest came was taken back, has expired, or asks for a password again. */
  | "link-ended"
  | "link-expired"
  | "link-asks"
  /** The person might write, did, and may only read now. */
  | "demoted"
  | "not-found"
  | "deleted"
  /** The document was wiped, and made again under the same name or not at all. */
  | "replaced"
  | "unreadable"
  | "too-large"
  | "refused";

export interface Refusal {
  readonly kind: RefusalKind;
  /** The server's own sentence, where it gave one. */
  readonly reason: string;
}

/** Kinds after which this person may not have the document: what a browser keeps of it goes, unless it is unsaved. */
export const ENDS_ACCESS: ReadonlySet<RefusalKind> = new Set([
  "forbidden",
  "ended",
  "link-ended",
  "link-expired",
  "not-found",
  "deleted",
  "replaced",
]);

/** Kinds that are about a guest's link. */
export const ENDS_LINK: ReadonlySet<RefusalKind> = new Set(["link-ended", "link-expired", "link-asks"]);

/** Close codes after which it is no use to come back. All others are passing: the provider tries again by itself. */
const FINAL_CLOSE_CODES: ReadonlyMap<number, RefusalKind> = new Map([
  [1009, "too-large"],
  [4400, "refused"],
  [4401, "signed-out"],
  [4403, "forbidden"],
  [4404, "not-found"],
  [4410, "deleted"],
]);

/** The server's stable error codes (`collab/errors.py`). */
const ERROR_CODES: ReadonlyMap<string, RefusalKind> = new Map([
  ["unauthenticated", "signed-out"],
  ["forbidden", "forbidden"],
  // The page's own codes for a guest's link (`guest/link.ts`), and the server's.
  ["link-ended", "link-ended"],
  ["link-asks", "link-asks"],
  ["pass-revoked", "ended"],
  ["share-expired", "link-expired"],
  ["share-used-up", "link-ended"],
  ["not-found", "not-found"],
  ["document-deleted", "deleted"],
  ["document-unreadable", "unreadable"],
  ["too-large", "too-large"],
]);

/** The refusal that a socket's close stands for, or null when the provider will mend it by reconnecting. */
export function refusalOfClose(code: number, reason: string): Refusal | null {
  const kind = FINAL_CLOSE_CODES.get(code);
  return kind === undefined ? null : { kind, reason };
}

/** The refusal that an answer of the REST side stands for, or null when asking again may mend it. */
export function refusalOfProblem(problem: Problem): Refusal | null {
  const kind = ERROR_CODES.get(problem.code);
  if (kind === undefined && problem.passing) return null;
  return { kind: kind ?? (problem.status === 401 ? "signed-out" : "refused"), reason: problem.message };
}

/** Why what is here must not be synced with what the server has: it is another's, or of another life. Null when it may. */
export function objectionTo(
  subject: string,
  expected: string,
  lineage: string | undefined,
  known: string | null,
): Refusal["kind"] | null {
  if (subject !== expected) return "somebody-else";
  return known !== null && lineage !== known ? "replaced" : null;
}
