/** The light: what may be said about the reader's work, and never more than is true. */

export type Light =
  /** There is no connection yet, or it is catching up; nothing of the reader's is at stake. */
  | "connecting"
  /** Everything here is on the server's disk. */
  | "saved"
  /** Something here is on its way to the server's disk. */
  | "saving"
  /** There is no connection. What was written since, if anything, is in this window only. */
  | "offline"
  /** There is no connection. What was written since is on its way to this device's disk. */
  | "keeping"
  /** There is no connection. What was written since is on this device's disk. */
  | "kept"
  /** The server has refused a change, so what is here differs from what is there. */
  | "refused"
  /** This person may read and not write. */
  | "viewing";

export interface Facts {
  /** The socket is open. */
  readonly connected: boolean;
  /** There is a document on the screen: received in full at least once, or found in this browser. */
  readonly loaded: boolean;
  /** The socket's ledger is settled (see `Ledger`). */
  readonly settled: boolean;
  /** The server has refused a change on this socket. */
  readonly refused: boolean;
  /** There are edits made here that no settled ledger has covered yet, on this socket or before it. */
  readonly unsaved: boolean;
  /** What this browser's storage has of those edits (see `Copy`). */
  readonly store: "kept" | "writing" | "none";
  /** The server has said that this person may only read. */
  readonly readOnly: boolean;
}

/** Derives the light from the facts. */
export function lightOf(facts: Facts): Light {
  if (!facts.connected) return facts.loaded ? offlineLight(facts) : "connecting";
  // Whoever might write a moment ago may have something on its way that was taken.
  if (facts.readOnly && !facts.unsaved) return facts.loaded ? "viewing" : "connecting";
  if (facts.refused) return "refused";
  if (facts.unsaved) return "saving";
  return facts.settled ? "saved" : "connecting";
}

function offlineLight({ unsaved, store }: Facts): Light {
  if (!unsaved || store === "none") return "offline";
  return store === "kept" ? "kept" : "keeping";
}

/** How long a light is shown at least before good news takes its place: a light that flickers at every key is no help. */
const CALM_MS = 400;

/**
 * Tells how many milliseconds to wait before showing `next` in place of `shown`.
 *
 * Only good news may be late. Showing "saving" a moment too long is calm; showing "saved" a moment too long is a lie.
 */
export function delayBefore(next: Light, shown: Light): number {
  const good = (shown === "saving" && next === "saved") || (shown === "keeping" && next === "kept");
  return good ? CALM_MS : 0;
}

/**
 * What a screen reader is told when the light turns from `before` to `now`; null when it is not worth a word.
 *
 * Saving and saved alternate with every pause in the typing, so saved is told only after something was wrong.
 */
export function announcementOf(now: Light, before: Light): string | null {
  const wasOffline = before === "offline" || before === "kept";
  if (now === "offline" && before === "kept") return "Not kept any more: what you wrote is in this window only.";
  if (now === "offline") return "Offline. You can go on; what you write is sent when the connection is back.";
  if (now === "kept" && before === "offline") return "Offline. What you wrote is kept on this device.";
  if (now === "kept" && !wasOffline)
    return "Offline. What you write is kept on this device until the connection is back.";
  if (now === "refused") return "Not saved. The server refused a change.";
  if (now === "viewing") return wasOffline ? "Connected again. View only." : "View only.";
  if (now === "saved" && (wasOffline || before === "refused")) return "Connected again. Everything is saved.";
  return null;
}
