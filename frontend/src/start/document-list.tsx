/** The list itself: rows, the next page when the reader comes near the end, and what stands there when there are none. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { isSignedOut } from "../api.ts";
import { Unreachable } from "../session.ts";
import { CloudIcon, PageIcon, SearchIcon } from "../ui/icons.tsx";
import { wordsOfError } from "../ui/words.ts";
import type { Snapshot } from "./listing.ts";
import { DeletedRow, Row, type RowActions } from "./row.tsx";
import type { View } from "./view.ts";

interface DocumentListProps {
  readonly view: View;
  readonly snapshot: Snapshot;
  readonly actions: RowActions;
  readonly again: () => void;
  readonly loadMore: () => void;
  /** What is said, and offered, when there are none. */
  readonly none: ReactNode;
}

/** Moves the focus along the rows with the arrow keys. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".row a, .row .button")];
  const at = rows.findIndex((row) => row.closest(".row")?.contains(document.activeElement));
  if (at < 0) return;
  event.preventDefault();
  const to = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (to !== undefined) to.focus();
  else if (event.key === "ArrowUp") document.querySelector<HTMLElement>("[type=search]")?.focus();
}

export function DocumentList({ view, snapshot, actions, again, loadMore, none }: DocumentListProps) {
  const { documents, known, current, more, error } = snapshot;
  const now = useNow();
  if (!known) return error === null ? <Skeleton /> : <Unanswered error={error} again={again} />;
  return (
    <>
      {error !== null && !isSignedOut(error) && <Stale error={error} again={again} />}
      {documents.length > 0 ? (
        <ul className="rows" aria-busy={!current && error === null} onKeyDown={walk}>
          {documents.map((document) =>
            view.deleted ? (
              <DeletedRow key={document.name} document={document} now={now} restore={actions.restore} />
            ) : (
              <Row key={document.name} document={document} now={now} {...actions} />
            ),
          )}
        </ul>
      ) : (
        !more && current && none
      )}
      {more && error === null && <NextPage snapshot={snapshot} loadMore={loadMore} />}
    </>
  );
}

/** The time, as often as words like "5 minutes ago" need it. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  // What was changed after the last tick is not of the future.
  return Math.max(now, Date.now());
}

function NextPage({ snapshot, loadMore }: { snapshot: Snapshot; loadMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const loading = snapshot.loadingMore;
  // Looked at anew after each snapshot: the end may still be in sight, and nothing tells of that a second time.
  useEffect(() => {
    if (snapshot.loadingMore || end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && loadMore(), {
      rootMargin: "600px 0px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [loadMore, snapshot]);
  return (
    <div ref={end} className="rows-end">
      <button type="button" className="button small" disabled={loading} onClick={loadMore}>
        {loading ? "Loading…" : "Show more"}
      </button>
    </div>
  );
}

/** Where the rows will be; shown only if they take a moment. */
function Skeleton() {
  return (
    <div className="rows skeleton" role="status">
      <span className="unseen">Loading documents…</span>
      {[62, 38, 51, 44, 70, 33].map((width) => (
        <div key={width} className="row" aria-hidden="true">
          <div className="row-main">
            <span className="tile" />
            <span className="bone" style={{ width: `${width}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}

interface EmptyProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** What stands where rows would be. */
export function Empty({ icon, title, children, actions }: EmptyProps) {
  return (
    <div className="empty">
      <div className="notice-icon">{icon}</div>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {actions !== undefined && <div className="empty-actions">{actions}</div>}
    </div>
  );
}

export const NothingFound = ({ q, deleted, actions }: { q: string; deleted: boolean; actions?: ReactNode }) => (
  <Empty icon={<SearchIcon />} title={`Nothing found for “${q}”`} actions={actions}>
    {deleted ? "No deleted document has this in its title or name." : "No document has this in its title or name."}
  </Empty>
);

export const NoDocuments = ({ actions }: { actions?: ReactNode }) => (
  <Empty icon={<PageIcon />} title={actions ? "A clean desk" : "Nothing here yet"} actions={actions}>
    {actions
      ? "Make the first document. Whoever you share it with can write in it at the same time."
      : "Documents that you may read will be listed here."}
  </Empty>
);

function Unanswered({ error, again }: { error: unknown; again: () => void }) {
  return (
    <div role="alert">
      <Empty
        icon={<CloudIcon />}
        title="The list did not arrive"
        actions={
          <button type="button" className="button" onClick={again}>
            Try again
          </button>
        }
      >
        {wordsOfError(error)}
      </Empty>
    </div>
  );
}

/** The list is there, but not as it is now. */
function Stale({ error, again }: { error: unknown; again: () => void }) {
  return (
    <div className="stale" role="alert">
      <CloudIcon />
      <p>
        {error instanceof Unreachable ? "The server cannot be reached." : wordsOfError(error)} This list may be old.
      </p>
      <button type="button" className="button small" onClick={again}>
        Try again
      </button>
    </div>
  );
}
