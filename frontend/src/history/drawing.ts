/** A difference, as it is drawn: numbers of lists, what a block was before, who did how much of it. */
import type { Block, Difference, Embed, Marks, Props, Run } from "./client.ts";
import { nameOf } from "./people.ts";

/** What somebody has done in a difference. */
export interface Part {
  /** Null for what nobody is known to have done. */
  readonly subject: string | null;
  readonly name: string;
  /** Characters. */
  readonly added: number;
  readonly removed: number;
  /** Pieces of text, or blocks, that only look different. */
  readonly restyled: number;
}

const KINDS: Readonly<Record<string, string>> = {
  paragraph: "text",
  heading: "a heading",
  bulletListItem: "a bullet point",
  numberedListItem: "a numbered point",
  checkListItem: "a task",
  toggleListItem: "a toggle",
  text: "text",
  quote: "a quote",
  codeBlock: "code",
  table: "a table",
  tableParagraph: "a cell of a table",
  image: "a picture",
  video: "a video",
  audio: "a sound",
  file: "a file",
  divider: "a line",
};

/** What a kind of block is called. */
export function kindWords(type: string, props: Props | undefined): string {
  if (type === "heading" && typeof props?.level === "number") return `a level ${props.level} heading`;
  return KINDS[type] ?? "another kind of block";
}

/** Whether anything is another in this block. */
export function isChanged(block: Block): boolean {
  return block.change !== "same" || (block.runs ?? []).some(({ change }) => change !== "same");
}

/** How a block is another than it was, apart from its text; empty where it is not. */
export function noteOf({ type, props = {}, depth, before }: Block): string {
  if (before === undefined) return "";
  const was = { type, depth, ...before };
  const old = before.props ?? {};
  if (kindWords(was.type, old) !== kindWords(type, props) && (was.type !== type || "level" in old)) {
    return `was ${kindWords(was.type, { ...props, ...old })}`;
  }
  if (was.depth !== depth) return was.depth < depth ? "moved in" : "moved out";
  if (type === "checkListItem" && "checked" in old) return props.checked ? "ticked" : "no longer ticked";
  return "looks different";
}

/** What stands in a text and is none, in characters. */
export function embedWords({ type, attrs = {} }: Embed): string {
  if (type === "hardBreak") return "\n";
  const said = [attrs.label, attrs.name, attrs.user, attrs.alt, attrs.id].find((value) => typeof value === "string");
  if (type === "mention") return `@${said ?? "somebody"}`;
  return `[${said ?? type}]`;
}

/** The number of each numbered point, by its place among the blocks. Those that are gone have the number they would have. */
export function numbersOf(blocks: readonly Block[]): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  // At each depth, the number of the point before; none where something else stood between.
  const last: (number | undefined)[] = [];
  blocks.forEach(({ type, depth, change, props }, place) => {
    last.length = depth + 1;
    if (type !== "numberedListItem") {
      if (change !== "removed") last[depth] = undefined;
      return;
    }
    const start = typeof props?.start === "number" ? props.start : 1;
    const before = last[depth];
    const number = before === undefined ? start : before + 1;
    numbers.set(place, number);
    if (change !== "removed") last[depth] = number;
  });
  return numbers;
}

/** Whether nothing of the document is another. */
export function isSame({ blocks, values = [] }: Difference): boolean {
  return values.length === 0 && !blocks.some(isChanged);
}

/** Who did how much of it, the most first. */
export function partsOf({ blocks, people }: Difference): readonly Part[] {
  const parts = new Map<string | null, { added: number; removed: number; restyled: number }>();
  const partOf = (subject: string | null | undefined) => {
    const key = subject ?? null;
    const part = parts.get(key) ?? { added: 0, removed: 0, restyled: 0 };
    parts.set(key, part);
    return part;
  };
  for (const block of blocks) {
    for (const { change, text, embed, subject } of block.runs ?? []) {
      const length = embed ? 1 : [...text].length;
      if (change === "added") partOf(subject).added += length;
      else if (change === "removed") partOf(subject).removed += length;
      else if (change === "changed") partOf(subject).restyled += 1;
    }
    if (block.before !== undefined) partOf(null).restyled += 1;
  }
  // Nobody in particular is worth a line where that is all there is, or where they wrote something.
  const nobody = parts.get(null);
  if (nobody !== undefined && parts.size > 1 && nobody.added + nobody.removed === 0) parts.delete(null);
  return [...parts]
    .map(([subject, part]) => ({ subject, name: nameOf(subject, people), ...part }))
    .sort((a, b) => b.added + b.removed - (a.added + a.removed));
}

/** The classes that a text's marks stand for: the plain ones, and BlockNote's colours, which have fixed names. */
export function classesOf(marks: Marks = {}): string {
  const colour = /^[a-z]{3,10}$/;
  const names = ["bold", "italic", "underline", "strike", "code", "link"].filter((name) => {
    const value = marks[name];
    return value !== undefined && value !== null && value !== false;
  });
  const classes = names.map((name) => `mark-${name}`);
  for (const [mark, name] of [
    ["textColor", "text"],
    ["backgroundColor", "ground"],
  ] as const) {
    // Yjs has a mark's value as the editor's attributes: { stringValue }, or the bare value.
    const value = marks[mark];
    const spelled = typeof value === "object" && value !== null ? Object.values(value)[0] : value;
    if (typeof spelled === "string" && colour.test(spelled) && spelled !== "default")
      classes.push(`${name}-${spelled}`);
  }
  return classes.join(" ");
}

/** How a text's look is another than it was: "now bold", "no longer bold, now a link". */
export function restyleWords({ marks = {}, before = {} }: Run): string {
  const words: Readonly<Record<string, string>> = {
    strike: "struck through",
    underline: "underlined",
    link: "a link",
    textColor: "coloured",
    backgroundColor: "highlighted",
  };
  const names = (these: Marks, those: Marks) =>
    Object.keys(these)
      .filter((name) => these[name] !== null && these[name] !== undefined && !(name in those && those[name] !== null))
      .map((name) => words[name] ?? name);
  const gone = names(before, marks).map((name) => `no longer ${name}`);
  const come = names(marks, before).map((name) => `now ${name}`);
  return [...gone, ...come].join(", ") || "looks different";
}
