/** Opening documents: a connection whose work is not saved yet is found again, instead of a second one beside it. */
import type { Api } from "../api.ts";
import { Connection } from "./connection.ts";
import { Copies } from "./copy.ts";

/** Connections whose view is gone, while edits made in them are not saved yet. */
const lingering = new Set<Connection>();

let copies: Copies | null = null;

/** The connection to a document, with a fresh one's light or with what was left unsaved when its view went away. */
export function openDocument(name: string, api: Api): Connection {
  if (copies === null) {
    copies = new Copies();
    copies.tidy().catch(() => {}); // a browser that keeps nothing has nothing to tidy
  }
  const { subject } = api.session;
  const left = [...lingering].find((each) => each.name === name && each.user.id === subject);
  if (left === undefined) return new Connection(name, api, copies, lingering);
  lingering.delete(left);
  left.enter(api);
  return left;
}
