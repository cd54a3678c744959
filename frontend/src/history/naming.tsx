/** Asks for the name of a version, new or another one. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { lineOfTyping } from "../names.ts";
import { Modal } from "../ui/modal.tsx";
import { wordsOfError } from "../ui/words.ts";
import type { Version } from "./client.ts";
import { dateWords } from "./days.ts";

export type NamingTask =
  | { readonly kind: "name"; readonly moment: number | "now"; readonly time: number | null }
  | { readonly kind: "rename"; readonly version: Version };

interface NamingProps {
  /** Null while nothing is to be named. */
  readonly task: NamingTask | null;
  readonly save: (task: NamingTask, name: string) => Promise<void>;
  readonly close: () => void;
}

const MAX_NAME = 255;

export function Naming({ task, save, close }: NamingProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [fault, setFault] = useState("");
  const [sending, setSending] = useState(false);
  // What is said stays while the dialog goes away.
  const last = useRef(task);
  if (task !== null) last.current = task;
  useEffect(() => {
    if (task === null) return;
    setName(task.kind === "rename" ? task.version.name : "");
    setFault("");
    requestAnimationFrame(() => field.current?.select());
  }, [task]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (task === null || sending) return;
    const line = lineOfTyping(name);
    if (line === "") {
      setFault("Give the version a name.");
      field.current?.focus();
      return;
    }
    setSending(true);
    try {
      await save(task, line);
      close();
    } catch (error) {
      setFault(wordsOfError(error));
      field.current?.focus();
    } finally {
      setSending(false);
    }
  };
  const said = last.current;
  return (
    <Modal open={task !== null} close={close} heading={`${id}-heading`} first={field}>
      <h2 id={`${id}-heading`}>
        {said?.kind === "rename" && said.version.name ? "Rename the version" : "Name this version"}
      </h2>
      <form onSubmit={submit} noValidate>
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          ref={field}
          id={`${id}-name`}
          className="field"
          type="text"
          value={name}
          placeholder="Draft for review"
          maxLength={MAX_NAME}
          autoComplete="off"
          aria-invalid={fault !== ""}
          aria-describedby={`${id}-hint ${id}-fault`}
          onChange={(event) => {
            setName(event.target.value);
            setFault("");
          }}
        />
        <p id={`${id}-hint`} className="made-name">
          <span>{hintOf(said)}</span>
        </p>
        <p id={`${id}-fault`} className="fault" role="alert">
          {fault}
        </p>
        <div className="modal-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" aria-disabled={sending}>
            {sending ? "Saving…" : "Save"}
          </button>
        </div>
      </form>
    </Modal>
  );
}

function hintOf(task: NamingTask | null): string {
  if (task?.kind !== "name") return "";
  if (task.moment === "now") return "The document as it is now. A named moment is kept for good.";
  const then = task.time === null ? "" : ` ${dateWords(task.time, Date.now())}`;
  return `The document as it was${then}. A named moment is kept for good.`;
}
