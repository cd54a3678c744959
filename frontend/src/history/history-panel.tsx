/** The list beside the document: sittings by day, with who was at them, and the names that moments were given. */
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from "react";
import { Problem, Unreachable } from "../session.ts";
import { CloudIcon, CrossIcon, FlagIcon, HistoryIcon, LockIcon } from "../ui/icons.tsx";
import { wordsOfError } from "../ui/words.ts";
import type { HistoryClient } from "./client.ts";
import { daysOf } from "./days.ts";
import type { History } from "./history.ts";
import type { Deeds } from "./history-view.tsx";
import { DayOfSittings } from "./sitting-row.tsx";
import type { Timeline, TimelineSnapshot } from "./timeline.ts";
import { Versions } from "./versions.tsx";

interface HistoryPanelProps {
  readonly client: HistoryClient;
  readonly timeline: Timeline;
  readonly snapshot: TimelineSnapshot;
  readonly history: History;
  readonly deeds: Deeds;
  readonly writes: boolean;
  /** Another number after each change of versions. */
  readonly edition: number;
  readonly close: () => void;
}

/** Moves the focus along the rows with the arrow keys. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".past-row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[to]?.focus();
}

/** Everything that was done, or the versions alone. */
type Listed = "all" | "versions";

export function HistoryPanel(props: HistoryPanelProps) {
  const { client, timeline, snapshot, history, deeds, writes, edition, close } = props;
  const { sittings, known, more, error } = snapshot;
  const { look, choose } = history;
  const heading = useRef<HTMLHeadingElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const group = useId();
  const [listed, setListed] = useState<Listed>("all");
  const now = useNow();
  const days = useMemo(() => daysOf(sittings), [sittings]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
  useEffect(() => {
    const chosen = scroller.current?.querySelector<HTMLElement>(".past-row[aria-current=true]");
    if (look !== null && chosen) chosen.focus();
    else heading.current?.focus();
  }, []);
  const asOfNow = (
    <button type="button" className="past-row now-row" aria-current={look === null} onClick={() => choose(null)}>
      <span className="now-dot" aria-hidden="true" />
      <span className="past-who">Now</span>
      <span className="past-when">the document that everybody writes in</span>
    </button>
  );

  return (
    <aside className="history" aria-labelledby="history-heading">
      <header className="history-head">
        <h2 ref={heading} id="history-heading" tabIndex={-1}>
          History
        </h2>
        <div className="sights" role="radiogroup" aria-label="What is listed">
          {(["all", "versions"] as const).map((value) => (
            <label key={value} className="sight">
              <input
                type="radio"
                name={group}
                className="unseen"
                checked={listed === value}
                onChange={() => setListed(value)}
              />
              <span>{value === "all" ? "All" : "Versions"}</span>
            </label>
          ))}
        </div>
        <button type="button" className="quiet" aria-label="Close the history" onClick={close}>
          <CrossIcon />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys only lead from one of its rows to the next */}
      <div ref={scroller} className="history-list" onKeyDown={walk}>
        {known && error !== null && <Stale error={error} again={timeline.refresh} />}
        <div className="now">
          {asOfNow}
          {writes && sittings.length > 0 && (
            <button type="button" className="button small" onClick={() => deeds.name("now", null)}>
              <FlagIcon />
              Name this version
            </button>
          )}
        </div>
        {listed === "versions" ? (
          <Versions
            client={client}
            edition={edition}
            now={now}
            look={look}
            choose={choose}
            deeds={deeds}
            writes={writes}
          />
        ) : (
          <>
            {!known && error === null && <Skeleton />}
            {!known && error !== null && <Unanswered error={error} again={timeline.refresh} />}
            {known && sittings.length === 0 && <Nothing />}
            {days.map((day, place) => (
              <DayOfSittings
                key={day.key}
                day={day}
                // More of it may be on the next page.
                whole={!more || place < days.length - 1}
                now={now}
                look={look}
                choose={choose}
                deeds={deeds}
                writes={writes}
              />
            ))}
            {more && error === null && (
              <NextPage snapshot={snapshot} loadMore={timeline.loadMore} scroller={scroller} />
            )}
            {known && !more && sittings.length > 0 && <p className="history-end">This is where the history begins.</p>}
          </>
        )}
      </div>
    </aside>
  );
}

/** The time, as often as the names of days need it. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

interface NextPageProps {
  readonly snapshot: TimelineSnapshot;
  readonly loadMore: () => void;
  readonly scroller: RefObject<HTMLElement | null>;
}

function NextPage({ snapshot, loadMore, scroller }: NextPageProps) {
  const end = useRef<HTMLDivElement>(null);
  const loading = snapshot.loadingMore;
  // Looked at anew after each snapshot: the end may still be in sight, and nothing tells of that a second time.
  useEffect(() => {
    if (snapshot.loadingMore || end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && loadMore(), {
      root: scroller.current,
      rootMargin: "800px 0px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [loadMore, snapshot, scroller]);
  return (
    <div ref={end} className="rows-end">
      <button type="button" className="button small" disabled={loading} onClick={loadMore}>
        {loading ? "Loading…" : "Show earlier ones"}
      </button>
    </div>
  );
}

/** Where the sittings will be; shown only if they take a moment. */
export function Skeleton() {
  return (
    <div className="skeleton" role="status">
      <span className="unseen">Loading the history…</span>
      {[58, 74, 46, 66, 52].map((width) => (
        <div key={width} className="past-row" aria-hidden="true">
          <span className="faces">
            <span className="avatar bone-face" />
          </span>
          <span className="bone" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

function Nothing() {
  return (
    <div className="empty">
      <div className="notice-icon">
        <HistoryIcon />
      </div>
      <h3>Nothing to look back at yet</h3>
      <p>What is written from now on is remembered: who wrote it, when, and what stood there before.</p>
    </div>
  );
}

export function Unanswered({ error, again }: { error: unknown; again: () => void }) {
  const closed = error instanceof Problem && error.code === "forbidden";
  return (
    <div className="empty" role="alert">
      <div className="notice-icon">{closed ? <LockIcon /> : <CloudIcon />}</div>
      <h3>{closed ? "The history is closed to you" : "The history did not arrive"}</h3>
      <p>{closed ? "You can read this document as it is, but not look back." : wordsOfError(error)}</p>
      {!closed && (
        <div className="empty-actions">
          <button type="button" className="button" onClick={again}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

/** The list is there, but not as it is now. */
function Stale({ error, again }: { error: unknown; again: () => void }) {
  return (
    <div className="stale" role="alert">
      <CloudIcon />
      <p>
        {error instanceof Unreachable ? "The server cannot be reached." : wordsOfError(error)} The newest may be missing
        here.
      </p>
      <button type="button" className="button small" onClick={again}>
        Try again
      </button>
    </div>
  );
}
