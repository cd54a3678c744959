/**
 * What the reader's grants allow, for offering only what will work. The server decides (`collab/auth`).
 *
 * In a glob `*` matches within one `/` segment, `**` anything, and nothing else is special.
 */
import { type Grant, ROLES, type Role } from "./session.ts";

/** Whether `role` may do at least what `needed` may. */
export function reaches(role: Role | null, needed: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Whether the glob matches the whole name. Costs at most their lengths' product, whatever the glob. */
export function matches(glob: string, name: string): boolean {
  const parts = glob.match(/\*+|[^*]/gsu) ?? [];
  // reached[i]: the first i parts can have matched what was read so far.
  let reached = parts.map(() => false);
  reached.unshift(true);
  const skipStars = () => {
    parts.forEach((part, i) => {
      if (reached[i] && part.startsWith("*")) reached[i + 1] = true;
    });
  };
  skipStars();
  for (const character of name) {
    const next = reached.map(() => false);
    parts.forEach((part, i) => {
      if (!reached[i]) return;
      if (part === character) next[i + 1] = true;
      if (part.length > 1 ? part.startsWith("**") : part === "*" && character !== "/") next[i] = true;
    });
    reached = next;
    skipStars();
  }
  return reached[parts.length] === true;
}

/** The greatest role that any grant gives for a document of this name. */
export function roleFor(grants: readonly Grant[], name: string): Role | null {
  let best: Role | null = null;
  for (const { document, role } of grants) {
    if (matches(document, name) && (best === null || reaches(role, best))) best = role;
  }
  return best;
}

/** Whether there may be a document for which the reader has this role. */
export function hasAnywhere(grants: readonly Grant[], role: Role): boolean {
  return grants.some((grant) => reaches(grant.role, role));
}

/**
 * Where a new document of the reader can get a name made for it: what stands before the last stars of a grant, shortest
 * first. Empty when each grant that would do spells its documents out in another way.
 */
export function foldersFor(grants: readonly Grant[]): string[] {
  const folders = grants
    .filter(({ role }) => reaches(role, "editor"))
    .map(({ document }) => /^([^*]*)\*+$/u.exec(document)?.[1])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort((a, b) => a.length - b.length);
}
