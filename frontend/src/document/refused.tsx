/** What the reader sees when the server does not let this page have the document, or not any more. */
import { useState } from "react";
import type { Refusal } from "../connection/refusal.ts";
import { AllDocuments, Notice, wordsOf } from "../ui/notices.tsx";
import { wordsOfError } from "../ui/words.ts";
import { CopyButton } from "./copy-button.tsx";

export interface RefusedProps {
  readonly refusal: Refusal;
  /** What the document goes by. */
  readonly name: string;
  /** Opens the document anew. */
  readonly again: () => void;
  /** Whether the reader has a list to go back to: a guest has not. */
  readonly listed: boolean;
  /** Opens the document as who the reader is without the link that has ended; null where there is no such link or reader. */
  readonly withoutLink: (() => void) | null;
  /** Brings the document back from the deleted ones; null for whoever may not. */
  readonly restore: (() => Promise<unknown>) | null;
}

interface NextStepProps extends Pick<RefusedProps, "refusal" | "again" | "restore"> {
  /** Something else comes first: what is not saved. */
  readonly second?: boolean;
}

/** The next step as a button: to bring the document back, or to ask again where that may help. */
function NextStep({ refusal, again, restore, second = false }: NextStepProps) {
  switch (refusal.kind) {
    case "deleted":
      return restore && <RestoreButton restore={restore} again={again} />;
    default:
      return (
        <button type="button" className={second ? "button" : "button primary"} onClick={again}>
          {refusal.kind === "replaced" ? "Open the new one" : "Try again"}
        </button>
      );
  }
}

function RestoreButton({ restore, again }: { restore: () => Promise<unknown>; again: () => void }) {
  const [state, setState] = useState<{ readonly busy: boolean; readonly fault: string }>({ busy: false, fault: "" });
  const click = () => {
    setState({ busy: true, fault: "" });
    restore().then(again, (error: unknown) => setState({ busy: false, fault: wordsOfError(error) }));
  };
  return (
    <>
      {/* Not disabled while it is under way: the focus would be lost with it. */}
      <button
        type="button"
        className="button primary"
        aria-disabled={state.busy}
        onClick={state.busy ? undefined : click}
      >
        {state.busy ? "Restoring…" : "Restore it"}
      </button>
      <span className="step-fault" role="alert">
        {state.fault}
      </span>
    </>
  );
}

/** In place of the document, where nothing of it is at stake. */
export function RefusedPage(props: RefusedProps) {
  const { icon, title, text } = wordsOf(props.refusal, props.name);
  return (
    <Notice
      icon={icon}
      title={title}
      actions={
        <>
          <NextStep {...props} />
          {props.withoutLink !== null && (
            <button type="button" className="button" onClick={props.withoutLink}>
              Open it without the link
            </button>
          )}
          {props.listed && <AllDocuments />}
        </>
      }
    >
      <p>{text}</p>
    </Notice>
  );
}

interface RefusedBannerProps extends RefusedProps {
  readonly unsaved: boolean;
  readonly unsavedText: () => string;
  readonly discard: () => Promise<void>;
}

/** Over the document, in the middle of the work: what was written stays readable, so that it can be taken elsewhere. */
export function RefusedBanner({ unsaved, unsavedText, discard, ...props }: RefusedBannerProps) {
  const { title, text } = wordsOf(props.refusal, props.name);
  return (
    <div className="banner">
      <p role="alert">
        <strong>{title}.</strong> {text}
        {unsaved && " Your last changes are not saved: copy them from here."}
      </p>
      <div className="banner-actions">
        {unsaved && <CopyButton text={unsavedText} primary />}
        {unsaved && <DiscardButton discard={() => discard().then(props.again)} />}
        {/* What is unsaved would be mixed with another document, or be refused again. */}
        {!(unsaved && ["replaced", "demoted"].includes(props.refusal.kind)) && <NextStep {...props} second={unsaved} />}
      </div>
    </div>
  );
}

/** Gives unsaved changes up, and asks once more before it does. */
function DiscardButton({ discard }: { discard: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <button
      type="button"
      className={asking ? "button danger" : "button"}
      onClick={asking ? discard : () => setAsking(true)}
      onBlur={() => setAsking(false)}
    >
      {asking ? "Really give them up?" : "Give changes up"}
    </button>
  );
}
