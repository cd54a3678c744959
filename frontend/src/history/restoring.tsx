/** Asks whether a moment is to be brought back, says what that does, and does it. */
import { useEffect, useId, useRef, useState } from "react";
import { Problem } from "../session.ts";
import { Modal } from "../ui/modal.tsx";
import type { Toast } from "../ui/toasts.tsx";
import { wordsOfError } from "../ui/words.ts";
import type { HistoryClient } from "./client.ts";
import { dateWords } from "./days.ts";
import type { RestoringTask } from "./history-view.tsx";

interface RestoringProps {
  /** Null while nothing is to be restored. */
  readonly task: RestoringTask | null;
  readonly client: HistoryClient;
  /** Who restores. */
  readonly subject: string;
  /** It was done, and this is to be told. */
  readonly done: (toast: Toast) => void;
  readonly close: () => void;
  readonly tell: (toast: Toast) => void;
}

function faultWords(error: unknown): string {
  if (error instanceof Problem && error.code === "document-unrestorable") {
    return "This moment cannot be brought back without mistakes, so nothing was changed.";
  }
  return wordsOfError(error);
}

/** Takes a restore back, which made the moment `made`. What others have written since then stays, where that can be. */
async function takeBack(client: HistoryClient, subject: string, made: number): Promise<void> {
  try {
    await client.undo(subject, made - 1, made);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "document-unrestorable") throw error;
    await client.restore(made - 1);
  }
}

export function Restoring({ task, client, subject, done, close, tell }: RestoringProps) {
  const id = useId();
  const confirm = useRef<HTMLButtonElement>(null);
  const [fault, setFault] = useState("");
  const [sending, setSending] = useState(false);
  // What is said stays while the dialog goes away.
  const last = useRef(task);
  if (task !== null) last.current = task;
  useEffect(() => {
    if (task !== null) setFault("");
  }, [task]);

  const undo = (moment: number) => {
    takeBack(client, subject, moment).then(
      () => tell({ words: "What you restored is taken back" }),
      (error: unknown) =>
        tell({
          words: `It could not be taken back. ${faultWords(error)}`,
          bad: true,
          action: { words: "Try again", run: () => undo(moment) },
        }),
    );
  };
  const restore = async () => {
    if (task === null || sending) return;
    setSending(true);
    setFault("");
    try {
      const { moment, changed } = await client.restore(task.moment);
      const when = task.time === null ? "the moment before" : dateWords(task.time, Date.now());
      done(
        changed
          ? { words: `Restored: ${when}`, action: { words: "Undo", run: () => undo(moment) } }
          : { words: "The document reads like that already" },
      );
    } catch (error) {
      setFault(faultWords(error));
    } finally {
      setSending(false);
    }
  };
  const then = last.current?.time ?? null;
  return (
    <Modal open={task !== null} close={close} heading={`${id}-heading`} first={confirm}>
      <h2 id={`${id}-heading`}>Restore this moment?</h2>
      <p className="modal-text">
        The document becomes what it was{" "}
        <strong>{then === null ? "before all of this" : dateWords(then, Date.now())}</strong>, for everybody and at
        once.
      </p>
      <p className="modal-text soft">
        That is a new change like any other: what stands there now stays in the history, and restoring the moment before
        undoes it.
      </p>
      {fault !== "" && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <div className="modal-actions">
        <button type="button" className="button" onClick={close}>
          Cancel
        </button>
        <button ref={confirm} type="button" className="button primary" aria-disabled={sending} onClick={restore}>
          {sending ? "Restoring…" : "Restore"}
        </button>
      </div>
    </Modal>
  );
}
