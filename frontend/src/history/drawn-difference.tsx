/** A difference as a document to read: what was added is underlined, what was removed struck through, in the colours of who did it. */
import { type CSSProperties, createElement, memo, type ReactNode, useMemo } from "react";
import { colorOf } from "../connection/presence.ts";
import { CheckIcon } from "../ui/icons.tsx";
import type { Block, Difference, Names, Run } from "./client.ts";
import { dateWords } from "./days.ts";
import { classesOf, embedWords, isChanged, isSame, noteOf, numbersOf, restyleWords } from "./drawing.ts";
import { nameOf } from "./people.ts";

interface DrawnDifferenceProps {
  readonly difference: Difference;
  /** What is said where nothing is another. */
  readonly same: string;
}

export const DrawnDifference = memo(function DrawnDifference({ difference, same }: DrawnDifferenceProps) {
  const { blocks, people, values = [] } = difference;
  const numbers = useMemo(() => numbersOf(blocks), [blocks]);
  return (
    <div className="drawn">
      {isSame(difference) && <p className="drawn-same">{same}</p>}
      {values.length > 0 && (
        <p className="drawn-same">
          {values.length === 1
            ? "One value that is no text is another."
            : `${values.length} values that are no text are others.`}
        </p>
      )}
      {blocks.map((block, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block that was moved is there twice with one id
        <DrawnBlock key={place} block={block} number={numbers.get(place)} people={people} />
      ))}
    </div>
  );
});

/** The colour of a person, as a property that the style sheet makes a line and a tint of. */
function inked(subject: string | null | undefined): CSSProperties {
  return (subject == null ? {} : { "--ink": colorOf(subject) }) as CSSProperties;
}

interface DrawnBlockProps {
  readonly block: Block;
  readonly number: number | undefined;
  readonly people: Names;
}

const BLOCK_WORDS = { added: "Added", removed: "Removed", changed: "Changed", same: "" } as const;

function DrawnBlock({ block, number, people }: DrawnBlockProps) {
  const { change, type, depth, props = {}, runs = [] } = block;
  const note = noteOf(block);
  const changed = isChanged(block);
  const subject = runs.find((run) => run.change !== "same" && run.subject)?.subject;
  const by = changed && subject ? ` by ${nameOf(subject, people)}` : "";
  return (
    <div
      className="drawn-block"
      data-type={type}
      data-in-head={block.in?.at(-1)?.type === "tableHeader" || undefined}
      data-change={change}
      {...(changed ? { "data-changed": "", tabIndex: -1 } : {})}
      style={{ ...inked(subject), "--depth": Math.min(depth, 12) } as CSSProperties}
    >
      {changed && (
        <span className="unseen">
          {change === "same" ? "Changed" : BLOCK_WORDS[change]}
          {by}:{" "}
        </span>
      )}
      <Sign type={type} number={number} checked={props.checked === true} />
      <Words type={type} level={props.level}>
        {runs.map((run, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a run is its place
          <DrawnRun key={place} run={run} people={people} />
        ))}
        {runs.length === 0 && <Contents block={block} />}
      </Words>
      {note !== "" && <span className="drawn-note">{note}</span>}
    </div>
  );
}

/** What stands before a point of a list. */
function Sign({ type, number, checked }: { type: string; number: number | undefined; checked: boolean }) {
  if (type === "numberedListItem") return <span className="sign">{number}.</span>;
  if (type === "bulletListItem") return <span className="sign bullet" aria-hidden="true" />;
  if (type === "toggleListItem") return <span className="sign toggle" aria-hidden="true" />;
  if (type === "checkListItem") {
    return (
      <span className="sign check" role="img" aria-label={checked ? "done" : "to do"} data-checked={checked}>
        {checked && <CheckIcon />}
      </span>
    );
  }
  return null;
}

function Words({ type, level, children }: { type: string; level: unknown; children: ReactNode }) {
  if (type === "heading") {
    // Below the page's own heading and that of the moment.
    const rank = typeof level === "number" && level >= 1 && level <= 6 ? level : 1;
    return createElement(
      "div",
      { className: "words", role: "heading", "aria-level": rank + 2, "data-level": rank },
      children,
    );
  }
  const Tag = type === "codeBlock" ? "pre" : type === "quote" ? "blockquote" : "p";
  return <Tag className="words">{children}</Tag>;
}

/** A block without text: what it shows, in words. Nothing is fetched to show the past. */
function Contents({ block: { type, props = {} } }: { block: Block }) {
  if (type === "divider") return <span className="drawn-line" />;
  const text = [props.name, props.caption, props.url].find((value) => typeof value === "string" && value !== "");
  if (["image", "video", "audio", "file"].includes(type)) {
    return <span className="drawn-file">{typeof text === "string" ? text : `An empty ${type}`}</span>;
  }
  return <br />;
}

function DrawnRun({ run, people }: { run: Run; people: Names }) {
  const { change, marks, subject, time } = run;
  const text = run.embed ? embedWords(run.embed) : run.text;
  const classes = classesOf(marks) || undefined;
  if (change === "same") return classes === undefined ? text : <span className={classes}>{text}</span>;
  const who = nameOf(subject, people);
  const when = time ? `, ${dateWords(Date.parse(time), Date.now())}` : "";
  const done = change === "changed" ? restyleWords(run) : change;
  const title = `${done.charAt(0).toUpperCase()}${done.slice(1)}${subject ? ` by ${who}` : ""}${when}`;
  const Tag = change === "added" ? "ins" : change === "removed" ? "del" : "span";
  return (
    <Tag className={`run ${change}${classes ? ` ${classes}` : ""}`} style={inked(subject)} title={title}>
      {text}
    </Tag>
  );
}
