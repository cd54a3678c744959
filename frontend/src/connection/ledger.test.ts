import { createEncoder, toUint8Array, writeVarString, writeVarUint } from "lib0/encoding";
import { describe, expect, it } from "vitest";
import { meaningOf } from "./frames.ts";
import { Ledger } from "./ledger.ts";

function frame(...numbers: number[]): Uint8Array {
  const encoder = createEncoder();
  writeVarString(encoder, "notes/Übersicht");
  for (const number of numbers) writeVarUint(encoder, number);
  return toUint8Array(encoder);
}

const STEP1 = frame(0, 0, 1, 0);
const STEP2 = frame(0, 1, 2, 0, 0);
const UPDATE = frame(0, 2, 2, 0, 0);
const SAVED = frame(8, 1);
const NOT_SAVED = frame(8, 0);

/** A socket after its handshake, with both sides in step. */
function inStep(): Ledger {
  const ledger = new Ledger();
  ledger.sent(STEP1);
  ledger.received(STEP1);
  ledger.received(STEP2);
  ledger.sent(STEP2);
  ledger.received(SAVED);
  return ledger;
}

describe("frames", () => {
  it("are told apart by type and sub-type, behind an address of any length", () => {
    expect([STEP1, STEP2, UPDATE, SAVED, NOT_SAVED].map(meaningOf)).toEqual([
      "step1",
      "step2",
      "update",
      "saved",
      "refused",
    ]);
    expect(meaningOf(frame(1, 0))).toBe("other");
  });

  it("that are bare, cut off or of no known sub-type mean nothing", () => {
    expect(meaningOf(Uint8Array.of(9))).toBe("other");
    expect(meaningOf(new Uint8Array())).toBe("other");
    expect(meaningOf(STEP1.subarray(0, 8))).toBe("other");
    expect(meaningOf(frame(0, 7))).toBe("other");
  });
});

describe("a ledger", () => {
  it("settles only when each side has what the other had", () => {
    const ledger = new Ledger();
    const settled: boolean[] = [];
    ledger.sent(STEP1);
    settled.push(ledger.settled);
    ledger.received(STEP1);
    settled.push(ledger.settled);
    ledger.sent(STEP2);
    settled.push(ledger.settled);
    ledger.received(SAVED);
    settled.push(ledger.settled);
    ledger.received(STEP2);
    settled.push(ledger.settled);
    expect(settled).toEqual([false, false, false, false, true]);
  });

  it("waits for one receipt for each update", () => {
    const ledger = inStep();
    ledger.sent(UPDATE);
    ledger.sent(UPDATE);
    ledger.received(SAVED);
    expect(ledger.settled).toBe(false);
    ledger.received(SAVED);
    expect(ledger.settled).toBe(true);
  });

  it("waits for the answer, and not for updates that the answer holds as well", () => {
    const ledger = new Ledger();
    ledger.sent(UPDATE); // typed while the token was awaited
    ledger.sent(STEP1);
    ledger.received(SAVED); // a receipt from before the server began this count
    ledger.received(STEP1);
    ledger.sent(STEP2);
    ledger.received(STEP2);
    expect(ledger.settled).toBe(false);
    ledger.received(SAVED);
    expect(ledger.settled).toBe(true);
  });

  it("counts what is typed between its question and its answer", () => {
    const ledger = new Ledger();
    ledger.sent(STEP1);
    ledger.sent(UPDATE);
    ledger.received(STEP1);
    ledger.received(STEP2);
    ledger.sent(STEP2);
    ledger.sent(UPDATE);
    for (let receipt = 0; receipt < 2; receipt += 1) {
      ledger.received(SAVED);
      expect(ledger.settled).toBe(false);
    }
    ledger.received(SAVED);
    expect(ledger.settled).toBe(true);
  });

  it("expects no receipt for the answer to a question about a gap", () => {
    const ledger = inStep();
    ledger.sent(UPDATE);
    ledger.received(STEP1);
    ledger.sent(STEP2);
    expect(ledger.settled).toBe(false);
    ledger.received(SAVED);
    expect(ledger.settled).toBe(true);
  });

  it("is never settled again after a refusal, for then both sides differ", () => {
    const ledger = inStep();
    ledger.sent(UPDATE);
    ledger.received(NOT_SAVED);
    ledger.sent(UPDATE);
    ledger.received(SAVED);
    expect(ledger.refused).toBe(true);
    expect(ledger.settled).toBe(false);
  });

  it("settles again when what was refused is forgiven, and not before its receipts are here", () => {
    const ledger = inStep();
    ledger.sent(UPDATE);
    ledger.received(NOT_SAVED);
    ledger.forgive();
    expect([ledger.refused, ledger.settled]).toEqual([false, true]);
    ledger.sent(UPDATE);
    expect(ledger.settled).toBe(false);
    ledger.received(NOT_SAVED);
    expect([ledger.refused, ledger.settled]).toEqual([true, false]);
  });
});
