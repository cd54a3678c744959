/** What the sections of the share dialog are put together from. */
import { useEffect, useRef, useState } from "react";
import type { Role } from "../session.ts";
import { wordsOfError } from "../ui/words.ts";
import { ROLE_WORDS } from "./terms.ts";

interface RoleSelectProps {
  readonly id?: string;
  readonly label?: string;
  readonly roles: readonly Role[];
  readonly role: Role;
  readonly choose: (role: Role) => void;
}

export function RoleSelect({ id, label, roles, role, choose }: RoleSelectProps) {
  return (
    <select
      id={id}
      className="field select"
      aria-label={label}
      value={role}
      onChange={(event) => choose(event.target.value as Role)}
    >
      {roles.map((each) => (
        <option key={each} value={each}>
          {ROLE_WORDS[each]}
        </option>
      ))}
    </select>
  );
}

interface ConfirmProps {
  readonly question: string;
  /** What happens then. */
  readonly words: string;
  readonly deed: string;
  /** Rejects when it was not done. */
  readonly run: () => Promise<void>;
  readonly keep: () => void;
}

/** Asks once more, where the thing stands that is about to go. */
export function Confirm({ question, words, deed, run, keep }: ConfirmProps) {
  const keeping = useRef<HTMLButtonElement>(null);
  const [state, setState] = useState<{ readonly busy: boolean; readonly fault: string }>({ busy: false, fault: "" });
  useEffect(() => keeping.current?.focus(), []);
  const click = () => {
    setState({ busy: true, fault: "" });
    run().catch((error: unknown) => setState({ busy: false, fault: wordsOfError(error) }));
  };
  return (
    <div className="confirm" role="alertdialog" aria-label={question}>
      <p>
        <strong>{question}</strong> {words}
      </p>
      <div className="confirm-actions">
        <button ref={keeping} type="button" className="button small" onClick={keep}>
          Keep it
        </button>
        <button
          type="button"
          className="button small danger"
          aria-disabled={state.busy}
          onClick={state.busy ? undefined : click}
        >
          {deed}
        </button>
      </div>
      <p className="fault" role="alert">
        {state.fault}
      </p>
    </div>
  );
}

interface FailedProps {
  readonly error: unknown;
  readonly again: () => void;
}

/** In place of a list that did not arrive, or over one that may be old. */
export function Failed({ error, again }: FailedProps) {
  if (error === null) return null;
  return (
    <p className="share-failed" role="alert">
      <span>{wordsOfError(error)}</span>
      <button type="button" className="link" onClick={again}>
        Try again
      </button>
    </p>
  );
}
