/** Who did what in a difference, and the way from one change to the next. */
import { type RefObject, useEffect, useMemo, useState } from "react";
import { Avatar } from "../ui/avatar.tsx";
import { DownIcon, UpIcon } from "../ui/icons.tsx";
import type { Difference } from "./client.ts";
import { isChanged, partsOf } from "./drawing.ts";
import type { Sight } from "./history.ts";
import { countWords } from "./people.ts";

interface LegendProps {
  readonly difference: Difference;
  readonly sight: Sight;
  /** Where the difference is drawn. */
  readonly body: RefObject<HTMLElement | null>;
  readonly busy: boolean;
}

export function Legend({ difference, sight, body, busy }: LegendProps) {
  const parts = useMemo(() => partsOf(difference), [difference]);
  const count = useMemo(() => difference.blocks.filter(isChanged).length, [difference]);
  const [at, setAt] = useState(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another difference is read from its beginning
  useEffect(() => {
    setAt(-1);
  }, [difference]);
  const go = (to: number) => {
    const changes = body.current?.querySelectorAll<HTMLElement>("[data-changed]");
    const place = (to + count) % count;
    const change = changes?.[place];
    if (change === undefined) return;
    change.focus({ preventScroll: true });
    change.scrollIntoView({ block: "center" });
    setAt(place);
  };
  if (count === 0) return null;
  return (
    <div className="legend" aria-busy={busy}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls, and the keyboard has no other way to */}
      <ul tabIndex={0} aria-label={sight === "since" ? "Who changed it since then" : "Who changed it"}>
        {parts.map(({ subject, name, added, removed, restyled }) => (
          <li key={subject ?? ""}>
            <Avatar id={subject ?? ""} name={name} {...(subject === null ? { color: "#767066" } : {})} />
            <span className="legend-name">{name}</span>
            {added > 0 && (
              <span className="sum-in">
                <span aria-hidden="true">+</span>
                {countWords(added)}
                <span className="unseen"> characters added</span>
              </span>
            )}
            {removed > 0 && (
              <span className="sum-out">
                <span aria-hidden="true">−</span>
                {countWords(removed)}
                <span className="unseen"> characters removed</span>
              </span>
            )}
            {added + removed === 0 && restyled > 0 && <span className="sum-in">changed how it looks</span>}
          </li>
        ))}
      </ul>
      <p className="legend-key" aria-hidden="true">
        <ins>added</ins> <del>removed</del>
      </p>
      <div className="legend-walk">
        <span className="legend-count" role="status">
          {at < 0 ? `${count} ${count === 1 ? "place" : "places"}` : `${at + 1} of ${count}`}
        </span>
        <button type="button" className="quiet" aria-label="The change before" onClick={() => go(at < 0 ? -1 : at - 1)}>
          <UpIcon />
        </button>
        <button type="button" className="quiet" aria-label="The next change" onClick={() => go(at + 1)}>
          <DownIcon />
        </button>
      </div>
    </div>
  );
}
