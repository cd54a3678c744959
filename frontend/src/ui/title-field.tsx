/** A document's title, changed where it stands. What was typed is never lost: a refusal opens the field again, with it. */
import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from "react";
import { lineOfTyping } from "../names.ts";
import { DocumentName } from "./document-name.tsx";
import { isTyping } from "./typing.ts";
import { wordsOfError } from "./words.ts";

/** The longest title the server takes, in characters (a field counts some of them twice). */
export const MAX_TITLE = 255;

/** A title in the making: what stands in the field, and what was wrong with it. */
interface Draft {
  readonly text: string;
  readonly fault: string | null;
}

export interface TitleEditing {
  readonly draft: Draft | null;
  begin(): void;
  type(text: string): void;
  /** Saves what was typed, and closes the field at once. */
  commit(): void;
  cancel(): void;
}

/** The state of a title's field. `save` shows the new title by itself while it is on its way. */
export function useTitleEditing(title: string, save: (title: string) => Promise<unknown>): TitleEditing {
  const [draft, setDraft] = useState<Draft | null>(null);
  return {
    draft,
    begin: () => setDraft({ text: title, fault: null }),
    type: (text) => setDraft({ text, fault: null }),
    cancel: () => setDraft(null),
    commit: () => {
      if (draft === null) return;
      const text = lineOfTyping(draft.text);
      setDraft(null);
      if (text === title) return;
      // Someone may have begun anew meanwhile: that is theirs to keep.
      save(text).catch((error: unknown) => setDraft((now) => now ?? { text, fault: wordsOfError(error) }));
    },
  };
}

interface TitleInputProps {
  readonly editing: TitleEditing;
  readonly draft: Draft;
  readonly label: string;
  /** What the document goes by without a title. */
  readonly placeholder: string;
  /** Called when the keyboard closed the field: the focus belongs back to where it came from. */
  readonly closed: () => void;
}

export function TitleInput({ editing, draft, label, placeholder, closed }: TitleInputProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const refused = draft.fault !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about how the field came to be here
  useEffect(() => {
    // A refusal may come when the reader has long been writing elsewhere: what they type there must not land here.
    if (refused && isTyping(document.activeElement)) return;
    input.current?.focus();
    if (!refused) input.current?.select();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Enter") editing.commit();
    else editing.cancel();
    closed();
  };

  return (
    <span className="title-input">
      <input
        ref={input}
        type="text"
        value={draft.text}
        placeholder={placeholder}
        maxLength={MAX_TITLE}
        autoComplete="off"
        aria-label={label}
        aria-invalid={refused}
        aria-describedby={refused ? id : undefined}
        onChange={(event) => editing.type(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => !refused && editing.commit()}
      />
      {refused && (
        <span id={id} className="title-fault" role="alert">
          {draft.fault}
        </span>
      )}
    </span>
  );
}

interface TitleFieldProps {
  readonly name: string;
  /** Empty where the document goes by its name. */
  readonly title: string;
  readonly editable: boolean;
  readonly save: (title: string) => Promise<unknown>;
}

/** The title in the bar of a document's page; a click, or Enter, changes it. It is the page's heading. */
export function TitleField({ name, title, editable, save }: TitleFieldProps) {
  const button = useRef<HTMLButtonElement>(null);
  const refocus = useRef(false);
  const [sent, setSent] = useState<string | null>(null);
  const shown = sent ?? title;
  const editing = useTitleEditing(shown, (text) => {
    setSent(text);
    return save(text).finally(() => setSent((now) => (now === text ? null : now)));
  });
  const { draft } = editing;
  const closed = useCallback(() => {
    refocus.current = true;
  }, []);
  useEffect(() => {
    if (draft === null && refocus.current) button.current?.focus();
    refocus.current = false;
  }, [draft]);

  const words =
    shown === "" ? (
      <DocumentName name={name} />
    ) : (
      <span className="title-words" dir="auto">
        {shown}
      </span>
    );
  if (!editable) return <h1 className="title-field">{words}</h1>;
  return (
    <h1 className="title-field">
      {draft === null ? (
        <button ref={button} type="button" title="Rename" onClick={editing.begin}>
          {words}
        </button>
      ) : (
        <TitleInput editing={editing} draft={draft} label="Title" placeholder={name} closed={closed} />
      )}
    </h1>
  );
}
