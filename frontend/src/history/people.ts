/** Who changed how much, in few words. */
import type { Share } from "./client.ts";

const number = new Intl.NumberFormat("en");

/** What a subject goes by: a name, or the subject where nobody told one. */
export function nameOf(
  subject: string | null | undefined,
  people: Readonly<Record<string, { readonly name: string }>>,
) {
  if (subject === null || subject === undefined) return "Somebody";
  return people[subject]?.name || subject;
}

/** "Alice", "Alice and Bob", "Alice, Bob and 3 others". */
export function namesWords(names: readonly string[]): string {
  const [first = "Nobody", second, third] = names;
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${third}`;
  return `${first}, ${second} and ${names.length - 2} others`;
}

/** What everybody did together. */
export function sumOf(people: readonly Share[]): { inserted: number; deleted: number } {
  return people.reduce(
    (sum, { inserted, deleted }) => ({ inserted: sum.inserted + inserted, deleted: sum.deleted + deleted }),
    { inserted: 0, deleted: 0 },
  );
}

/** A count with its thousands apart. */
export function countWords(count: number): string {
  return number.format(count);
}

/** The counts as a sentence, for whoever does not see them. */
export function sumWords({ inserted, deleted }: { inserted: number; deleted: number }): string {
  const characters = (count: number) => `${number.format(count)} ${count === 1 ? "character" : "characters"}`;
  if (inserted === 0 && deleted === 0) return "no text changed";
  if (deleted === 0) return `${characters(inserted)} added`;
  if (inserted === 0) return `${characters(deleted)} removed`;
  return `${characters(inserted)} added, ${number.format(deleted)} removed`;
}
