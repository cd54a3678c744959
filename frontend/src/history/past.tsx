/** A moment in the place of the document: as it was, or with the differences drawn, and a slider through its span. */
import { useEffect, useMemo, useRef } from "react";
import { Problem } from "../session.ts";
import { CloudIcon, FlagIcon, ListIcon, PageIcon, RestoreIcon } from "../ui/icons.tsx";
import { wordsOfError } from "../ui/words.ts";
import { type Answered, useAnswer } from "./answer.ts";
import type { Difference, HistoryClient, Step } from "./client.ts";
import { momentWords } from "./days.ts";
import { DrawnDifference } from "./drawn-difference.tsx";
import type { History, Sight } from "./history.ts";
import type { Deeds } from "./history-view.tsx";
import { Legend } from "./legend.tsx";
import { namesWords } from "./people.ts";
import { Preview } from "./preview.tsx";
import { Slider } from "./slider.tsx";
import { type Look, placeOf, stopsOf } from "./span.ts";

interface PastProps {
  readonly client: HistoryClient;
  readonly history: History;
  readonly look: Look;
  readonly deeds: Deeds;
  readonly writes: boolean;
  /** The server can be asked; when it can again, what was not answered is asked again. */
  readonly online: boolean;
}

const SIGHTS: readonly [Sight, string][] = [
  ["whole", "As it was"],
  ["changes", "Changes"],
  ["since", "Since then"],
];

const LEADS: Readonly<Record<Sight, string>> = {
  whole: "The document as it was",
  changes: "What had changed by",
  since: "What has changed since",
};

export function Past({ client, history, look, deeds, writes, online }: PastProps) {
  const { span, moment } = look;
  const { sight, see, choose, move, list, listed } = history;
  const heading = useRef<HTMLHeadingElement>(null);
  const body = useRef<HTMLDivElement>(null);

  const steps = useAnswer<readonly Step[]>(`${span.from}-${span.to}`, (signal) =>
    client.steps(span.from, span.to, signal),
  );
  const known = steps.of === `${span.from}-${span.to}` ? steps.answer : null;
  const stops = useMemo(() => stopsOf(span, known ?? []), [span, known]);
  const stop = stops[placeOf(stops, moment)];
  const time = stop?.time ?? null;
  const now = Date.now();
  const words = momentWords(time ?? span.began, now);

  const state = useAnswer(sight === "whole" ? String(moment) : null, (signal) => client.state(moment, signal));
  const compared: [number, number | "now"] = sight === "changes" ? [span.from, moment] : [moment, "now"];
  const changes = useAnswer(sight === "whole" ? null : compared.join("-"), (signal) =>
    client.difference(...compared, signal),
  );
  const shown: Answered<unknown> = sight === "whole" ? state : changes;
  useAgain(online, shown);
  useAgain(online, steps);

  // biome-ignore lint/correctness/useExhaustiveDependencies: where the list has gone, the focus was in it
  useEffect(() => {
    if (!listed) heading.current?.focus();
  }, [listed, span]);

  return (
    <main className="past" aria-labelledby="past-heading">
      <div className="past-bar">
        <h2 ref={heading} id="past-heading" tabIndex={-1}>
          <span className="past-bar-lead">{LEADS[sight]} </span>
          {words}
        </h2>
        <button type="button" className="button small" onClick={() => choose(null)}>
          Back to now
        </button>
      </div>
      <span className="unseen" role="status">
        {shown.busy ? "" : `${LEADS[sight]} ${words}`}
      </span>
      {sight !== "whole" && changes.answer !== null && (
        <Legend difference={changes.answer} sight={sight} body={body} busy={changes.busy} />
      )}
      <div ref={body} className="past-body" aria-busy={shown.busy}>
        {shown.error !== null ? (
          <NotShown error={shown.error} again={shown.again} />
        ) : sight === "whole" ? (
          state.answer ? (
            <Preview update={state.answer} />
          ) : (
            <Blank />
          )
        ) : changes.answer !== null ? (
          <Drawn difference={changes.answer} sight={sight} />
        ) : (
          <Blank />
        )}
      </div>
      <footer className="past-foot">
        <Slider stops={stops} moment={moment} move={move} caption={<Caption words={words} stop={stop} />} />
        <div className="past-tools">
          <div className="sights" role="radiogroup" aria-label="What is shown">
            {SIGHTS.map(([value, label]) => (
              <label key={value} className="sight">
                <input
                  type="radio"
                  name="sight"
                  className="unseen"
                  checked={sight === value}
                  onChange={() => see(value)}
                />
                <span>{label}</span>
              </label>
            ))}
          </div>
          <div className="past-deeds">
            {!listed && (
              <button type="button" className="button small icon-only" aria-label="All moments" onClick={list}>
                <ListIcon />
              </button>
            )}
            {writes && (
              <button
                type="button"
                className="button small name-it"
                title="Name this version"
                aria-label="Name this version"
                onClick={() => deeds.name(moment, time)}
              >
                <FlagIcon />
                <span className="past-deed-words">Name</span>
              </button>
            )}
            {writes && (
              <button type="button" className="button small primary" onClick={() => deeds.restore(moment, time)}>
                <RestoreIcon />
                Restore this
              </button>
            )}
          </div>
        </div>
      </footer>
    </main>
  );
}

/** Asks again when the server is back. */
function useAgain(online: boolean, { error, again }: Answered<unknown>): void {
  const failed = useRef(false);
  failed.current = error !== null;
  useEffect(() => {
    if (online && failed.current) again();
  }, [online, again]);
}

function Caption({ words, stop }: { words: string; stop: ReturnType<typeof stopsOf>[number] | undefined }) {
  const names = (stop?.people ?? []).map(({ name, subject }) => name || subject);
  return (
    <>
      <strong>{words}</strong>
      {names.length > 0 && ` · ${namesWords(names)}`}
    </>
  );
}

function Drawn({ difference, sight }: { difference: Difference; sight: Sight }) {
  return (
    <DrawnDifference
      difference={difference}
      same={
        sight === "changes"
          ? "Up to here, this changed nothing that can be seen."
          : "Since then, nothing has changed that can be seen."
      }
    />
  );
}

function NotShown({ error, again }: { error: unknown; again: () => void }) {
  // What the server cannot make of a document, it cannot make of it a second time either.
  const passing = !(error instanceof Problem) || error.passing;
  return (
    <div className="empty" role="alert">
      <div className="notice-icon">{passing ? <CloudIcon /> : <PageIcon />}</div>
      <h3>This moment cannot be shown</h3>
      <p>{wordsOfError(error)}</p>
      {passing && (
        <div className="empty-actions">
          <button type="button" className="button" onClick={again}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

/** Where the text will be. */
function Blank() {
  return (
    <div className="blank" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}
