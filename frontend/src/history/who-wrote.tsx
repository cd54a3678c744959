/** Who wrote what is selected, piece by piece. */
import { useEffect, useId, useMemo, useRef } from "react";
import type { Connection } from "../connection/connection.ts";
import type { User } from "../connection/presence.ts";
import { Avatar } from "../ui/avatar.tsx";
import { CrossIcon } from "../ui/icons.tsx";
import { wordsOfError } from "../ui/words.ts";
import { useAnswer } from "./answer.ts";
import type { HistoryClient } from "./client.ts";
import { dateWords } from "./days.ts";
import type { History } from "./history.ts";
import { type Selected, type Written, writtenBy } from "./selection.ts";

interface WhoWroteProps {
  readonly client: HistoryClient;
  readonly connection: Connection;
  readonly history: History;
  readonly selected: Selected;
}

const LONGEST = 90;

/** A text as a line has room for it: its beginning and its end. */
function excerpt(text: string): string {
  const characters = [...text.replace(/\s+/gu, " ").trim()];
  if (characters.length <= LONGEST) return characters.join("");
  return `${characters.slice(0, LONGEST - 25).join("")} … ${characters.slice(-22).join("")}`;
}

export function WhoWrote({ client, connection, history, selected }: WhoWroteProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const { askAbout } = history;
  const authors = useAnswer(selected.key, (signal) => client.authors(signal));
  const written = useMemo(() => {
    if (authors.answer === null) return [];
    const whoIs = (client: number) => {
      if (client === connection.document.clientID) return connection.user;
      return (connection.awareness.getStates().get(client)?.user as User | undefined) ?? null;
    };
    return writtenBy(selected.pieces, authors.answer, whoIs, Date.now());
  }, [authors.answer, selected, connection]);

  useEffect(() => {
    heading.current?.focus();
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      askAbout(null);
      selected.refocus();
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [askAbout, selected]);

  const close = () => {
    askAbout(null);
    selected.refocus();
  };
  return (
    <aside className="who-wrote" aria-labelledby={id} aria-busy={authors.busy}>
      <header>
        <h2 ref={heading} id={id} tabIndex={-1}>
          Who wrote this
        </h2>
        <button type="button" className="quiet" aria-label="Close" onClick={close}>
          <CrossIcon />
        </button>
      </header>
      {authors.error !== null ? (
        <div className="who-fault" role="alert">
          <p>{wordsOfError(authors.error)}</p>
          <button type="button" className="button small" onClick={authors.again}>
            Try again
          </button>
        </div>
      ) : authors.answer === null ? (
        <p className="who-waits" role="status">
          Asking the server…
        </p>
      ) : written.length === 0 ? (
        <p className="who-waits">There is no text in what you selected.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has no other way to
        <ol tabIndex={0} aria-label="Pieces of the selection">
          {written.map((piece, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
            <li key={place}>
              <OnePiece piece={piece} />
            </li>
          ))}
        </ol>
      )}
    </aside>
  );
}

function OnePiece({ piece: { text, subject, name, to, moment } }: { piece: Written }) {
  return (
    <>
      <Avatar id={subject ?? ""} name={name} {...(subject === null ? { color: "#767066" } : {})} />
      <div>
        <p className="who-name">
          <strong>{subject === null ? "Nobody knows" : name}</strong>
          <span>{moment === null ? "just now" : dateWords(to, Date.now())}</span>
        </p>
        <p className="who-text">{excerpt(text) || "(a blank)"}</p>
      </div>
    </>
  );
}
