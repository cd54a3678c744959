import { colorOf, onColor } from "../connection/presence.ts";

/** The first letters of a person's first and last name. */
function initialsOf(name: string): string {
  const words = name.split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => Array.from(word ?? "")[0]?.toLocaleUpperCase() ?? "").join("");
}

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  /** Six-digit hex; without it, the one that everybody gives this person. */
  readonly color?: string;
}

/** A person's initials in their colour. Decoration: the name stands beside it. */
export function Avatar({ id, name, color = colorOf(id) }: AvatarProps) {
  return (
    <span className="avatar" style={{ backgroundColor: color, color: onColor(color) }} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
