/** Who is here. */
import { useId } from "react";
import type { Person } from "../connection/presence.ts";
import { Avatar } from "../ui/avatar.tsx";
import { useMedia } from "../ui/media.ts";

function descriptionOf({ name, self, windows }: Person): string {
  return `${name}${self ? " (you)" : ""}${windows > 1 ? `, in ${windows} windows` : ""}`;
}

export function People({ people }: { people: readonly Person[] }) {
  const list = useId();
  // Two faces, and the number of the others, are what fits beside a title on a phone.
  const most = useMedia("(width < 30rem)") ? 2 : 4;
  // A single face takes no more room than its number.
  const count = people.length === most + 1 ? most + 1 : most;
  const others = people.length - count;
  return (
    <>
      <ul className="people" aria-label="Here now">
        {people.slice(0, count).map((person) => (
          <li key={person.id} data-self={person.self} data-name={descriptionOf(person)}>
            <Avatar id={person.id} name={person.name} color={person.color} />
            <span className="unseen">{descriptionOf(person)}</span>
          </li>
        ))}
        {others > 0 && (
          <li>
            <button type="button" className="avatar people-more" popoverTarget={list}>
              <span aria-hidden="true">+{others}</span>
              <span className="unseen">and {others} more: show everyone</span>
            </button>
          </li>
        )}
      </ul>
      {others > 0 && (
        <div popover="auto" id={list} className="people-list" role="dialog" aria-label="Everyone who is here">
          <p>{people.length} people are here</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has no other way to */}
          <ul tabIndex={0} aria-label="People">
            {people.map((person) => (
              <li key={person.id}>
                <Avatar id={person.id} name={person.name} color={person.color} />
                <span>{descriptionOf(person)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
