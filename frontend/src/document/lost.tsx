/** What the reader sees while the connection is away, or while the server does not take what is written. */
import { useEffect, useState } from "react";
import type { Connection } from "../connection/connection.ts";
import type { Snapshot } from "../connection/snapshot.ts";
import { sentence } from "../ui/words.ts";
import { CopyButton } from "./copy-button.tsx";
import { durationWords } from "./duration.ts";

/** A connection that is back this soon is not worth a word, in milliseconds. */
const SOON_MS = 4_000;
const TICK_MS = 1_000;

/** What becomes of the reader's work meanwhile. */
function prospectOf({ loaded, readOnly, unsaved, store }: Snapshot): string {
  if (!loaded) return "The document opens as soon as the server answers.";
  if (readOnly) return "Others may have gone on writing since.";
  if (!unsaved && store === "none") return "You can go on writing, but keep this window open.";
  if (!unsaved) return "You can go on writing: it is kept on this device, and sent when the server is back.";
  if (store === "none") return "Your last changes are in this window only: keep it open, or copy them.";
  return "What you wrote is kept on this device, and sent when the server is back. You may close this window.";
}

interface LostCardProps {
  readonly snapshot: Snapshot;
  readonly connection: Connection;
  /** Opens the document anew. */
  readonly again: () => void;
}

/** A card at the window's lower edge; it covers nothing that is being written, and moves nothing. */
export function LostCard({ snapshot, connection, again }: LostCardProps) {
  const { loss, light, unsaved, refusal, store } = snapshot;
  const now = useNow(loss !== null);
  const [renewing, setRenewing] = useState(false);
  useEffect(() => {
    // What was typed a moment ago is on its way to the copy that the document is opened anew from.
    if (!renewing || store === "writing") return;
    setRenewing(false);
    if (store !== "kept") return connection.retry();
    connection.end();
    again();
  }, [renewing, store, connection, again]);
  if (refusal !== null) return null;
  if (loss === null)
    return light === "refused" ? <FullCard connection={connection} retry={() => setRenewing(true)} /> : null;
  if (now - loss.since < SOON_MS) return null;
  return (
    <aside className="card" aria-label="Connection">
      <p>
        <strong>No connection{durationWords(now - loss.since)}.</strong> {prospectOf(snapshot)}
        {loss.reason !== "" && ` The server said: ${sentence(loss.reason)}`}
      </p>
      <div className="card-actions">
        {unsaved && <CopyButton text={() => connection.unsavedText()} />}
        <button type="button" className="button" onClick={() => connection.retry()}>
          Try now
        </button>
      </div>
    </aside>
  );
}

/** The only change that the server refuses from someone who may write, and stays: one too many (`Room.edit`). */
function FullCard({ connection, retry }: { connection: Connection; retry: () => void }) {
  return (
    <aside className="card" aria-label="Document full">
      <p>
        <strong>This document is full.</strong> It can be read and shortened, but not grown. Your last changes are not
        saved: copy them, or delete something and try again.
      </p>
      <div className="card-actions">
        <CopyButton text={() => connection.unsavedText()} />
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      </div>
    </aside>
  );
}

/** The time, kept current while `ticking`. */
function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
