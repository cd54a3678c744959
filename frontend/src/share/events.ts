/** The activity of a document in words. */
import type { Role } from "../session.ts";
import type { AccessEvent } from "./sharing.ts";

const AS: Readonly<Record<Role, string>> = {
  viewer: "as a viewer",
  commenter: "as a commenter",
  editor: "as an editor",
  owner: "as an owner",
};

/** Who did it, as one calls them. */
export function actorOf({ name, subject }: AccessEvent): string {
  return name || subject || "Somebody";
}

function textOf(detail: AccessEvent["detail"], ...keys: string[]): string | null {
  for (const key of keys) {
    const value = detail[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** What links and people are called, by id and by subject. */
export interface Names {
  readonly links: ReadonlyMap<string, string>;
  readonly people: ReadonlyMap<string, string>;
}

const called = (what: string, name: string | null | undefined) => (name ? `the ${what} “${name}”` : null);

function wayOf({ via }: AccessEvent, { links }: Names): string {
  switch (via?.kind) {
    case "link":
      return ` by ${called("link", via.name ?? links.get(via.id ?? "")) ?? "a link"}`;
    case "key":
      return ` with ${called("API key", via.name) ?? "an API key"}`;
    default:
      return "";
  }
}

/** Whom it was done to. */
function otherOf({ detail }: AccessEvent, { people }: Names): string {
  const subject = textOf(detail, "subject");
  return textOf(detail, "name") ?? people.get(subject ?? "") ?? subject ?? "somebody";
}

function roleOf({ kind, role, detail }: AccessEvent): Role | null {
  // Where something was shared, the event's own role is that of who did it.
  const found = kind === "visit" ? role : (textOf(detail, "role") as Role | null);
  return found !== null && found in AS ? found : null;
}

/** What was done, as it follows the name of who did it. */
export function deedOf(event: AccessEvent, names: Names): string {
  const role = roleOf(event);
  const as = role === null ? "" : ` ${AS[role]}`;
  const forThem = role === null ? "" : ` for ${role}s`;
  const link = called("link", textOf(event.detail, "name")) ?? "a link";
  switch (event.kind) {
    case "visit":
      return `opened it${wayOf(event, names)}${as}`;
    case "share-created":
      return `made ${link}${forThem}`;
    case "share-changed": {
      const { changed } = event.detail;
      return `changed ${link}${Array.isArray(changed) && changed.includes("role") ? `,${forThem} now` : ""}`;
    }
    case "share-revoked":
      return `revoked ${link}`;
    case "grant-set":
      return `let ${otherOf(event, names)} in${as}`;
    case "grant-removed":
      return `took ${otherOf(event, names)}’s access back`;
    default:
      return event.kind.replaceAll("-", " ");
  }
}

/** For how long a visit went on: "for 5 minutes", or that it does. */
export function staidWords({ kind, from, to }: AccessEvent): string {
  if (kind !== "visit") return "";
  if (to === null) return "here now";
  const minutes = Math.floor((Date.parse(to) - Date.parse(from)) / 60_000);
  if (minutes < 1) return "for a moment";
  if (minutes < 60) return `for ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  const hours = Math.floor(minutes / 60);
  return `for ${hours} ${hours === 1 ? "hour" : "hours"}`;
}
