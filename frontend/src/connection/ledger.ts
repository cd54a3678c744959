/**
 * Counts, for one socket, what was sent and what the server has said is on disk.
 *
 * The provider counts too, but not what this page has to know: a refused change stays counted for ever, and while it
 * fetches a token for a new connection it forgets what was typed meanwhile. So this ledger watches the wire itself.
 *
 * How the frames of one socket go, and what counts (the server's side of it is `collab/rooms/count.py`):
 *
 *     page → server   Update      typed while the token was awaited: not counted, for the Step2 below holds it as well
 *     page → server   Step1       the count begins
 *     server → page   Step1       the server has begun as well: its receipts are for this count from here on
 *     page → server   Update      counted: the server gives one receipt for each
 *     page → server   Step2       counted: everything the server lacked, from before this socket too
 *     server → page   Step2       everything the page lacked
 *     page → server   Step2       a later one, for a server that asks for a gap to be filled: it gets no receipt
 *
 * One ledger lives as long as one socket: what an earlier one left without a receipt is in the next one's Step2.
 */
import { meaningOf } from "./frames.ts";

export class Ledger {
  #begun = false;
  #asked = false;
  #answered = false;
  #heard = false;
  #refused = false;
  #outstanding = 0;

  /** Notes a frame that was handed to the socket. */
  sent(frame: Uint8Array): void {
    switch (meaningOf(frame)) {
      case "step1":
        this.#begun = true;
        break;
      case "update":
        if (this.#begun) this.#outstanding += 1;
        break;
      case "step2":
        if (!this.#answered) this.#outstanding += 1;
        this.#answered = true;
        break;
    }
  }

  /** Notes a frame that came from the server. */
  received(frame: Uint8Array): void {
    switch (meaningOf(frame)) {
      case "step1":
        this.#asked = true;
        break;
      case "step2":
        this.#heard = true;
        break;
      case "saved":
        this.#receipt();
        break;
      case "refused":
        this.#refused = true;
        this.#receipt();
        break;
    }
  }

  /** What was refused was nobody's work, and from here on this page may write: it counts like any other. */
  forgive(): void {
    this.#refused = false;
  }

  #receipt(): void {
    if (this.#asked && this.#outstanding > 0) this.#outstanding -= 1;
  }

  /** True when each side has what the other had, and every edit that was sent is on the server's disk. */
  get settled(): boolean {
    return this.#heard && this.#answered && this.#outstanding === 0 && !this.#refused;
  }

  /** True once the server has refused a change on this socket that was not forgiven: what is here is not what is there. */
  get refused(): boolean {
    return this.#refused;
  }
}
