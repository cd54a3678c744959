/** Which documents the reader looks at, and its spelling in the address: reloading and going back keep it. */
import type { Scope } from "../api.ts";
import { lineOfTyping } from "../names.ts";

export interface View {
  /** What is searched for; empty: everything. */
  readonly q: string;
  readonly deleted: boolean;
  /** Everything, what the reader owns, or what others let them into; of deleted documents, everything. */
  readonly scope: Scope;
  readonly sort: "modified" | "name";
}

/** The longest search the server takes. */
export const MAX_QUERY = 255;

/** A search as the server takes it. */
export function queryOfTyping(text: string): string {
  return lineOfTyping(text.slice(0, MAX_QUERY));
}

/** The view that the address's query names. Whatever else it holds is left alone. */
export function viewOfSearch(search: string): View {
  const fields = new URLSearchParams(search);
  const view = fields.get("view");
  return {
    q: queryOfTyping(fields.get("q") ?? ""),
    deleted: view === "deleted",
    scope: view === "mine" || view === "shared" ? view : "all",
    sort: fields.get("sort") === "name" ? "name" : "modified",
  };
}

/** The address of a view. */
export function addressOfView({ q, deleted, scope, sort }: View): string {
  const fields = new URLSearchParams();
  if (q !== "") fields.set("q", q);
  if (deleted) fields.set("view", "deleted");
  else if (scope !== "all") fields.set("view", scope);
  if (sort === "name") fields.set("sort", "name");
  return fields.size === 0 ? "/" : `/?${fields}`;
}

/** One text for equal views. */
export function keyOfView({ q, deleted, scope, sort }: View): string {
  return `${deleted ? "deleted" : scope} ${sort} ${q}`;
}
