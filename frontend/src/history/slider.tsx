/** A slider through the moments of a span, with a strip above it that shows whose moments they are. */
import type { ReactNode } from "react";
import { colorOf } from "../connection/presence.ts";
import { BackIcon, ForthIcon } from "../ui/icons.tsx";
import { useMedia } from "../ui/media.ts";
import { momentWords } from "./days.ts";
import { namesWords } from "./people.ts";
import { barsOf, placeOf, type Stop } from "./span.ts";

interface SliderProps {
  readonly stops: readonly Stop[];
  readonly moment: number;
  readonly move: (moment: number) => void;
  /** What stands under it. */
  readonly caption: ReactNode;
}

/** A stop in words, for whoever hears the slider. */
function stopWords({ time, people }: Stop): string {
  if (time === null) return "before all of this";
  const names = people.map(({ name, subject }) => name || subject);
  return `${momentWords(time, Date.now())}${names.length > 0 ? `, ${namesWords(names)}` : ""}`;
}

export function Slider({ stops, moment, move, caption }: SliderProps) {
  const most = useMedia("(width < 40rem)") ? 40 : 96;
  const place = placeOf(stops, moment);
  const last = stops.length - 1;
  const bars = barsOf(stops, most);
  const go = (to: number) => {
    const stop = stops[Math.min(last, Math.max(0, to))];
    if (stop !== undefined && stop.moment !== moment) move(stop.moment);
  };
  return (
    <div className="slider">
      <button
        type="button"
        className="quiet"
        aria-label="The moment before"
        aria-disabled={place === 0}
        onClick={() => go(place - 1)}
      >
        <BackIcon />
      </button>
      <div className="slider-middle">
        <div className="slider-strip" aria-hidden="true">
          {bars.map(({ subject, height }, at) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
              key={at}
              className={at < (place / last) * bars.length ? "past-bar-part reached" : "past-bar-part"}
              style={{
                height: `${Math.round(15 + 85 * height)}%`,
                backgroundColor: subject === null ? undefined : colorOf(subject),
              }}
            />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={last}
          step={1}
          value={place}
          aria-label="Moment"
          aria-valuetext={stops[place] && stopWords(stops[place])}
          onChange={(event) => go(Number(event.target.value))}
        />
        <p className="slider-caption">
          <span className="slider-words">{caption}</span>
          <span className="slider-count">
            {place} of {last}
          </span>
        </p>
      </div>
      <button
        type="button"
        className="quiet"
        aria-label="The moment after"
        aria-disabled={place === last}
        onClick={() => go(place + 1)}
      >
        <ForthIcon />
      </button>
    </div>
  );
}
