/** Who has the document open now. */
import type { Person } from "../connection/presence.ts";
import { Avatar } from "../ui/avatar.tsx";

export function Here({ people }: { people: readonly Person[] }) {
  return (
    <section className="share-section" aria-labelledby="share-here">
      <h3 id="share-here">Here now</h3>
      <ul className="here">
        {people.map(({ id, name, color, self, windows }) => (
          <li key={id}>
            <Avatar id={id} name={name} color={color} />
            <span>
              {name}
              {self && " (you)"}
              {windows > 1 && `, in ${windows} windows`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
