/** Making a document: a title is enough, and its name (the address that others use) is made of it. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { Api } from "../api.ts";
import { foldersFor, reaches, roleFor } from "../grants.ts";
import { faultOfName, lineOfTyping, nameOfTyping, pathOfName } from "../names.ts";
import { followLink, goTo } from "../route.ts";
import { Problem } from "../session.ts";
import { Modal } from "../ui/modal.tsx";
import { MAX_TITLE } from "../ui/title-field.tsx";
import { wordsOfError } from "../ui/words.ts";
import { candidates, slugOf } from "./slug.ts";

interface NewDocumentProps {
  readonly api: Api;
  readonly open: boolean;
  /** A title to begin with; what was typed before stays where there is none. */
  readonly begin: string;
  readonly close: () => void;
  /** Called when a document was made after the reader had closed the dialog: they are not taken to it any more. */
  readonly changed: () => void;
  /** Called with what the server said when it is not about this document. */
  readonly failed: (error: unknown) => void;
}

interface Fault {
  readonly words: string;
  /** The fault is the name's, so that it has to be chosen by hand. */
  readonly ofName: boolean;
  /** A document that has this name already, and can be opened instead. */
  readonly existing?: string;
}

/** Makes the first document of these names that is free. Throws what the server said about the last one. */
async function createFirst(api: Api, names: Iterable<string>, title: string): Promise<string> {
  let taken: unknown;
  for (const name of names) {
    try {
      await api.create(name, title);
      return name;
    } catch (error) {
      if (!(error instanceof Problem) || !["document-exists", "document-deleted"].includes(error.code)) throw error;
      taken = error;
    }
  }
  throw taken;
}

function faultOf(error: unknown, name: string): Fault {
  const code = error instanceof Problem ? error.code : "";
  switch (code) {
    case "document-exists":
      return { words: "There is a document with this name.", ofName: true, existing: name };
    case "document-deleted":
      return { words: "A deleted document has this name. Restore it from “Deleted”, or choose another.", ofName: true };
    case "forbidden":
      return { words: "You may not make a document with this name.", ofName: true };
    case "invalid-name":
      return { words: wordsOfError(error), ofName: true };
    default:
      return { words: wordsOfError(error), ofName: false };
  }
}

export function NewDocument({ api, open, begin, close, changed, failed }: NewDocumentProps) {
  const id = useId();
  const titleField = useRef<HTMLInputElement>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const { grants } = api.session;
  const folder = foldersFor(grants)[0];
  const writable = grants.filter(({ role }) => reaches(role, "editor")).map(({ document }) => document);
  const [title, setTitle] = useState("");
  /** Null while the name follows the title. */
  const [chosen, setChosen] = useState<string | null>(folder === undefined ? "" : null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [sending, setSending] = useState(false);
  const wanted = useRef(open);
  useEffect(() => {
    wanted.current = open;
    if (!open || begin === "") return;
    setTitle(begin);
    setChosen(folder === undefined ? "" : null);
    setFault(null);
  }, [open, begin, folder]);

  const made = (folder ?? "") + slugOf(title);
  const refuse = (fault: Fault) => {
    setFault(fault);
    if (fault.ofName && chosen === null) setChosen(made);
    // The field for the name may be about to appear.
    requestAnimationFrame(() => (fault.ofName ? nameField : titleField).current?.focus());
  };
  const create = async (event: FormEvent) => {
    event.preventDefault();
    if (sending) return;
    const line = lineOfTyping(title);
    const name = chosen === null ? made : nameOfTyping(chosen);
    if (chosen === null && line === "") return refuse({ words: "Give the document a title.", ofName: false });
    const wrong = faultOfName(name);
    if (wrong !== null) return refuse({ words: wrong, ofName: true });
    if (!reaches(roleFor(grants, name), "editor")) {
      return refuse({ words: "You may not make a document with this name.", ofName: true });
    }
    setFault(null);
    setSending(true);
    try {
      const created = await createFirst(api, chosen === null ? candidates(made) : [name], line);
      if (wanted.current) goTo(pathOfName(created));
      else changed();
    } catch (error) {
      refuse(faultOf(error, name));
      failed(error);
    } finally {
      setSending(false);
    }
  };

  const described = fault === null ? undefined : `${id}-fault`;
  return (
    <Modal open={open} close={close} heading={`${id}-heading`} first={titleField}>
      <h2 id={`${id}-heading`}>New document</h2>
      <form onSubmit={create} noValidate>
        <label htmlFor={`${id}-title`}>Title</label>
        <input
          ref={titleField}
          id={`${id}-title`}
          className="field"
          type="text"
          value={title}
          placeholder="What is it about?"
          maxLength={MAX_TITLE}
          autoComplete="off"
          aria-invalid={fault !== null && !fault.ofName}
          aria-describedby={fault?.ofName === false ? described : `${id}-made`}
          onChange={(event) => {
            setTitle(event.target.value);
            setFault(null);
          }}
        />
        {chosen === null ? (
          <p id={`${id}-made`} className="made-name">
            <span>
              Its name will be <code>{made}</code>
            </span>
            <button
              type="button"
              className="link"
              onClick={() => {
                setChosen(made);
                requestAnimationFrame(() => nameField.current?.select());
              }}
            >
              Change
            </button>
          </p>
        ) : (
          <>
            <label htmlFor={`${id}-name`}>Name</label>
            <input
              ref={nameField}
              id={`${id}-name`}
              className="field name"
              type="text"
              value={chosen}
              placeholder="notes/today"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              aria-invalid={fault?.ofName === true}
              aria-describedby={fault?.ofName ? described : `${id}-made`}
              onChange={(event) => {
                setChosen(event.target.value);
                setFault(null);
              }}
            />
            <p id={`${id}-made`} className="made-name">
              {folder === undefined
                ? `Part of its address, and for good. You may choose ${writable.slice(0, 3).join(" or ")}.`
                : "Part of its address, and for good. A slash makes folders of it."}
            </p>
          </>
        )}
        <p id={`${id}-fault`} className="fault" role="alert">
          {fault?.words}{" "}
          {fault?.existing !== undefined && (
            <a href={pathOfName(fault.existing)} onClick={followLink}>
              Open it
            </a>
          )}
        </p>
        <div className="modal-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button primary" aria-disabled={sending}>
            {sending ? "Creating…" : "Create"}
          </button>
        </div>
      </form>
    </Modal>
  );
}
