/** What a view can draw of a connection. */
import type { Role } from "../session.ts";
import type { Light } from "./light.ts";
import type { Person } from "./presence.ts";
import type { Refusal } from "./refusal.ts";

/** A connection that is not there. */
export interface Loss {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The server's own sentence, where it gave one. */
  readonly reason: string;
}

export interface Snapshot {
  readonly light: Light;
  /** There is a whole document here: an editor may be mounted, and will not seed what exists already. */
  readonly loaded: boolean;
  /** The document has been received from the server in this window; until then it is the browser's copy. */
  readonly heard: boolean;
  readonly readOnly: boolean;
  /** What the server said last that the reader may do; null until it has. */
  readonly role: Role | null;
  /** Whether the server said that the reader may look back; null until it has said anything. */
  readonly looksBack: boolean | null;
  /** There are edits here that the server has not said to be on disk. */
  readonly unsaved: boolean;
  /** What this browser has stored of the edits made here (see `Copy`). */
  readonly store: "kept" | "writing" | "none";
  /** Set once, when it is no use to try again. */
  readonly refusal: Refusal | null;
  readonly loss: Loss | null;
  /** Empty where nobody gave the document one. */
  readonly title: string;
  readonly people: readonly Person[];
}
