/**
 * Reads as much of a Hocuspocus frame as the ledger has to know.
 *
 * A frame is the document's address as a string, a type as a variable-length number, and the payload.
 */
import { createDecoder, readVarString, readVarUint } from "lib0/decoding";

/** What a frame means for saving. Everything else (presence, authentication, keep-alive) is `"other"`. */
export type FrameMeaning = "step1" | "step2" | "update" | "saved" | "refused" | "other";

const SYNC = 0;
const SYNC_STATUS = 8;
const SYNC_MEANINGS: readonly FrameMeaning[] = ["step1", "step2", "update"];

/** Tells what `frame` means. A frame that cannot be read is the provider's to complain about, so it is `"other"`. */
export function meaningOf(frame: Uint8Array): FrameMeaning {
  // Ping and Pong are one bare byte, without an address.
  if (frame.length < 2) return "other";
  try {
    const decoder = createDecoder(frame);
    readVarString(decoder);
    switch (readVarUint(decoder)) {
      case SYNC:
        return SYNC_MEANINGS[readVarUint(decoder)] ?? "other";
      case SYNC_STATUS:
        return readVarUint(decoder) === 1 ? "saved" : "refused";
      default:
        return "other";
    }
  } catch {
    return "other";
  }
}
