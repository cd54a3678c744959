/** What happened around a document: who came, and who let whom in. */
import { useCallback, useState } from "react";
import { fullTime, sinceWords } from "../start/since.ts";
import { Avatar } from "../ui/avatar.tsx";
import { useAnswer } from "./answer.ts";
import { actorOf, deedOf, type Names, staidWords } from "./events.ts";
import { Failed } from "./parts.tsx";
import type { AccessEvent, Sharing } from "./sharing.ts";

export function Activity({ sharing }: { sharing: Sharing }) {
  const first = useAnswer(useCallback(() => sharing.activity(null), [sharing]));
  const { value: names } = useAnswer(useCallback(() => namesOf(sharing), [sharing]));
  const [rest, setRest] = useState<{ events: readonly AccessEvent[]; next: string | null } | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const { value, error, refresh } = first;
  if (value === null) {
    return error === null ? (
      <p className="share-words share-waiting">Loading…</p>
    ) : (
      <Failed error={error} again={refresh} />
    );
  }
  const next = rest === null ? value.next : rest.next;
  const more = () => {
    setFault(null);
    sharing
      .activity(next)
      .then(
        (page) => setRest((now) => ({ events: [...(now?.events ?? []), ...page.events], next: page.next })),
        setFault,
      );
  };
  const events = [...value.events, ...(rest?.events ?? [])];
  if (events.length === 0) return <p className="share-words">Nobody has been here yet.</p>;
  return (
    <>
      <ol className="activity" aria-label="Activity, newest first">
        {events.map((event) => (
          <Event key={event.id ?? `${event.subject} ${event.from}`} event={event} names={names ?? NOBODY} />
        ))}
      </ol>
      <Failed error={fault} again={more} />
      {next !== null && fault === null && (
        <button type="button" className="button small" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}

const NOBODY: Names = { links: new Map(), people: new Map() };

/** What the log only knows by its id. */
async function namesOf(sharing: Sharing): Promise<Names> {
  const [links, people] = await Promise.all([sharing.links(), sharing.people()]);
  return {
    links: new Map(links.flatMap(({ id, name }) => (name ? [[id, name]] : []))),
    people: new Map(people.flatMap(({ subject, name }) => (name ? [[subject, name]] : []))),
  };
}

function Event({ event, names }: { event: AccessEvent; names: Names }) {
  const then = Date.parse(event.from);
  const staid = staidWords(event);
  const actor = actorOf(event);
  return (
    <li>
      <Avatar id={event.subject ?? "somebody"} name={actor} />
      <span className="activity-words">
        <span>
          <strong>{actor}</strong> {deedOf(event, names)}
        </span>
        <span className="activity-time">
          <time dateTime={event.from} title={fullTime(then)}>
            {sinceWords(then, Date.now())}
          </time>
          {staid && `, ${staid}`}
        </span>
      </span>
    </li>
  );
}
