/** The sittings of a day, and what was named in each. */
import { memo } from "react";
import { Avatar } from "../ui/avatar.tsx";
import { RestoreIcon } from "../ui/icons.tsx";
import type { Restored, Sitting } from "./client.ts";
import { type Day, dateWords, dayWords, spanWords } from "./days.ts";
import type { Deeds } from "./history-view.tsx";
import { countWords, namesWords, sumOf, sumWords } from "./people.ts";
import { type Look, spanOf } from "./span.ts";
import { VersionRow } from "./version-row.tsx";

export interface RowsProps {
  readonly now: number;
  readonly look: Look | null;
  readonly choose: (look: Look) => void;
  readonly deeds: Deeds;
  readonly writes: boolean;
}

interface DayProps extends RowsProps {
  readonly day: Day;
  /** All of its sittings are here. */
  readonly whole: boolean;
}

export function DayOfSittings({ day, whole, now, look, choose, deeds, writes }: DayProps) {
  const [newest] = day.sittings;
  if (newest === undefined) return null;
  const span = spanOf([newest, ...day.sittings.slice(1)]);
  const words = dayWords(day.date, now);
  // It may have grown since it was chosen.
  const isChosen = (sitting: Sitting) => look?.span.from === sitting.before && look.span.to <= sitting.moment;
  const isDay = day.sittings.length > 1 && look?.span.to === span.to && look.span.from === span.from;
  return (
    <section aria-label={words}>
      <div className="day">
        <h3>{words}</h3>
        {whole && day.sittings.length > 1 && (
          <button
            type="button"
            className="link"
            aria-pressed={isDay}
            aria-label={`Whole day: ${words}`}
            onClick={() => choose({ span, moment: span.to })}
          >
            Whole day
          </button>
        )}
      </div>
      <ol className="sittings">
        {day.sittings.map((sitting) => (
          <SittingRow
            key={sitting.before}
            sitting={sitting}
            now={now}
            // Only the rows that it concerns are drawn anew.
            at={isChosen(sitting) ? (look?.moment ?? null) : null}
            choose={choose}
            deeds={deeds}
            writes={writes}
          />
        ))}
      </ol>
    </section>
  );
}

interface SittingRowProps extends Omit<RowsProps, "look"> {
  readonly sitting: Sitting;
  /** The moment of it that is looked at. */
  readonly at: number | null;
}

/** As many circles as have room; the last one may be the number of the others. */
const FACES = 3;

const SittingRow = memo(function SittingRow({ sitting, now, at, choose, deeds, writes }: SittingRowProps) {
  const { people, restored, versions } = sitting;
  const sum = sumOf(people);
  const span = spanOf([sitting]);
  const named = versions.filter(({ automatic }) => !automatic);
  const atVersion = named.some(({ moment }) => moment === at && moment !== sitting.moment);
  const faces = people.length > FACES ? FACES - 1 : FACES;
  return (
    <li className="sitting">
      <button
        type="button"
        className="past-row"
        aria-current={at !== null && !atVersion}
        onClick={() => choose({ span, moment: sitting.moment })}
      >
        <span className="faces" aria-hidden="true">
          {people.slice(0, faces).map(({ subject, name }) => (
            <Avatar key={subject} id={subject} name={name || subject} />
          ))}
          {people.length > FACES && <span className="avatar faces-more">+{people.length - faces}</span>}
        </span>
        <span className="past-who">{namesWords(people.map(({ name, subject }) => name || subject))}</span>
        <span className="past-when">{spanWords(span.began, span.ended)}</span>
        <span className="past-sum" aria-hidden="true">
          {sum.inserted > 0 && <span className="sum-in">+{countWords(sum.inserted)}</span>}
          {sum.deleted > 0 && <span className="sum-out">−{countWords(sum.deleted)}</span>}
        </span>
        <span className="unseen">, {sumWords(sum)}</span>
        {restored.map((one) => (
          <RestoredLine key={one.moment} restored={one} sitting={sitting} now={now} />
        ))}
      </button>
      {named.length > 0 && (
        <ul className="versions">
          {named.map((version) => (
            <VersionRow
              key={version.id}
              version={version}
              now={now}
              chosen={at === version.moment}
              choose={() => choose({ span, moment: version.moment })}
              deeds={deeds}
              writes={writes}
            />
          ))}
        </ul>
      )}
    </li>
  );
});

function RestoredLine({ restored, sitting, now }: { restored: Restored; sitting: Sitting; now: number }) {
  const who = sitting.people.find(({ subject }) => subject === restored.by)?.name ?? restored.by ?? "Somebody";
  return (
    <span className="past-restored">
      <RestoreIcon />
      {who} {restored.undone ? "undid changes" : "restored an earlier moment"}{" "}
      {dateWords(Date.parse(restored.time), now)}
    </span>
  );
}
