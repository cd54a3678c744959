/**
 * The list of documents: what the server said, and on top of it what the reader has just done.
 *
 * A view that was shown before is shown again at once, and asked for anew behind it. A change is drawn while it is on
 * its way; when the server refuses it, it is taken back and its promise says why. Answers that a change has overtaken are
 * not believed, but asked for again.
 */
import type { Document, DocumentPage, ListQuery } from "../api.ts";
import { keyOfView, type View } from "./view.ts";

/** What the list needs of the server. */
export interface Documents {
  documents(query: ListQuery, signal?: AbortSignal): Promise<DocumentPage>;
  retitle(name: string, title: string): Promise<Document>;
  remove(name: string): Promise<void>;
  restore(name: string): Promise<Document>;
}

export interface Snapshot {
  readonly documents: readonly Document[];
  /** The documents are an answer to the view that was asked for; otherwise to the one before, until its answer comes. */
  readonly current: boolean;
  /** There is an answer to show at all. */
  readonly known: boolean;
  /** There are more than these. */
  readonly more: boolean;
  readonly loadingMore: boolean;
  /** Why the newest question was not answered; what is shown may be old. */
  readonly error: unknown;
}

/** What the server said to one view. */
interface Shelf {
  readonly view: View;
  documents: readonly Document[];
  next: string | null;
}

/** A change on its way: a new title, or that it leaves the view. */
type Pending = { readonly title: string } | "leaving";

const PAGE = 50;
const LARGEST_PAGE = 200;
const MOST_SHELVES = 12;

export class Listing {
  readonly #server: Documents;
  readonly #views = new Set<() => void>();
  readonly #shelves = new Map<string, Shelf>();
  readonly #pending = new Map<string, Pending>();
  /** How many changes were begun or ended so far: an answer asked for before the last of them is not believed. */
  #changes = 0;
  #asked: View = { q: "", deleted: false, scope: "all", sort: "modified" };
  #shown: Shelf | null = null;
  #asking: AbortController | null = null;
  #loadingMore = false;
  #error: unknown = null;
  #snapshot: Snapshot;

  constructor(server: Documents) {
    this.#server = server;
    this.#snapshot = this.#take();
  }

  /** Calls `changed` after every new snapshot, until the returned function is called. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#views.add(changed);
    return () => this.#views.delete(changed);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Asks for a view. What was shown stays until the answer is there, where that is of the same kind. */
  show(view: View): void {
    this.#asked = view;
    const shelf = this.#shelves.get(keyOfView(view));
    const before = this.#shown?.view;
    if (shelf !== undefined || before?.deleted !== view.deleted || before.scope !== view.scope) {
      this.#shown = shelf ?? null;
    }
    this.#error = null;
    this.refresh();
  }

  /** Asks again for what is shown. */
  readonly refresh = (): void => {
    void this.#ask(this.#begin(), this.#asked);
  };

  /** Asks for the next page. */
  readonly loadMore = (): void => {
    const shelf = this.#shown;
    if (shelf === null || shelf.next === null || this.#asking !== null || !this.#isCurrent(shelf)) return;
    const asking = this.#begin();
    this.#loadingMore = true;
    this.#error = null;
    this.#publish();
    void this.#askMore(asking, shelf);
  };

  /** Gives a document another title. */
  retitle(name: string, title: string): Promise<void> {
    return this.#change(
      name,
      { title },
      () => this.#server.retitle(name, title),
      (document) => {
        for (const shelf of this.#shelves.values()) {
          shelf.documents = shelf.documents.map((each) => (each.name === name ? document : each));
        }
      },
    );
  }

  /** Deletes a document. */
  remove(name: string): Promise<void> {
    return this.#change(
      name,
      "leaving",
      () => this.#server.remove(name),
      () => this.#move(name, { toDeleted: true }),
    );
  }

  /** Brings a deleted document back. */
  restore(name: string): Promise<void> {
    return this.#change(
      name,
      "leaving",
      () => this.#server.restore(name),
      (document) => {
        // It was here a moment ago, when this undoes a deletion: it returns to its place before the list is asked again.
        const shelf = this.#shown;
        if (shelf?.view.deleted === false) shelf.documents = inserted(shelf.documents, document, shelf.view.sort);
        this.#move(name, { toDeleted: false });
      },
    );
  }

  /** The list is not looked at any more: nothing is asked on. */
  leave(): void {
    this.#asking?.abort();
    this.#asking = null;
    this.#loadingMore = false;
  }

  #begin(): AbortController {
    this.#asking?.abort();
    this.#asking = new AbortController();
    this.#loadingMore = false;
    return this.#asking;
  }

  async #ask(asking: AbortController, view: View): Promise<void> {
    this.#publish();
    // As far as the reader has come, so that nothing below them goes away.
    const known = this.#shelves.get(keyOfView(view))?.documents.length ?? 0;
    const limit = Math.min(LARGEST_PAGE, Math.max(PAGE, known));
    await this.#settle(asking, async () => {
      let { documents, next } = await this.#page(view, limit, null, asking.signal);
      while (documents.length < known && next !== null) {
        const page = await this.#page(view, limit, next, asking.signal);
        documents = joined(documents, page.documents);
        next = page.next;
      }
      return () => {
        const shelf = { view, documents, next };
        this.#keep(shelf);
        this.#shown = shelf;
      };
    });
  }

  async #askMore(asking: AbortController, shelf: Shelf): Promise<void> {
    await this.#settle(asking, async () => {
      const page = await this.#page(shelf.view, PAGE, shelf.next, asking.signal);
      return () => {
        shelf.documents = joined(shelf.documents, page.documents);
        shelf.next = page.next;
      };
    });
  }

  /** Runs one question to its end. Its answer counts when nobody asked something else meanwhile. */
  async #settle(asking: AbortController, ask: () => Promise<() => void>): Promise<void> {
    try {
      const changes = this.#changes;
      const accept = await ask();
      if (this.#asking !== asking) return;
      if (this.#changes !== changes) return this.refresh();
      accept();
      this.#error = null;
    } catch (error) {
      if (this.#asking !== asking) return;
      this.#error = error;
    }
    this.#asking = null;
    this.#loadingMore = false;
    this.#publish();
  }

  /** The next page that holds something: a page may be empty and still not be the last. */
  async #page(view: View, limit: number, from: string | null, signal: AbortSignal): Promise<DocumentPage> {
    let cursor = from;
    for (;;) {
      const page = await this.#server.documents({ ...view, limit, cursor }, signal);
      if (page.documents.length > 0 || page.next === null) return page;
      cursor = page.next;
    }
  }

  /** Shows a change while it is sent; once the server has made it, `accept` puts it on the shelves. */
  async #change<Answer>(
    name: string,
    pending: Pending,
    send: () => Promise<Answer>,
    accept: (answer: Answer) => void,
  ): Promise<void> {
    this.#pending.set(name, pending);
    this.#changes++;
    this.#publish();
    let answer: Answer;
    try {
      answer = await send();
    } finally {
      this.#changes++;
      if (this.#pending.get(name) === pending) this.#pending.delete(name);
      this.#publish();
    }
    accept(answer);
    this.#publish();
  }

  /** A document is among the deleted now, or among the living: it is off the one side, and the other is asked for anew. */
  #move(name: string, { toDeleted }: { toDeleted: boolean }): void {
    for (const [key, shelf] of this.#shelves) {
      if (shelf.view.deleted !== toDeleted) {
        shelf.documents = shelf.documents.filter((each) => each.name !== name);
      } else if (shelf !== this.#shown) {
        this.#shelves.delete(key);
      }
    }
    if (this.#shown?.view.deleted === toDeleted) this.refresh();
  }

  /** Puts a shelf last in the row; the one that was not looked at for longest goes. */
  #keep(shelf: Shelf): void {
    const key = keyOfView(shelf.view);
    this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    const oldest = this.#shelves.keys().next().value;
    if (this.#shelves.size > MOST_SHELVES && oldest !== undefined) this.#shelves.delete(oldest);
  }

  #isCurrent(shelf: Shelf): boolean {
    return keyOfView(shelf.view) === keyOfView(this.#asked);
  }

  readonly #publish = (): void => {
    this.#snapshot = this.#take();
    for (const changed of this.#views) changed();
  };

  #take(): Snapshot {
    const shelf = this.#shown;
    return {
      documents: (shelf?.documents ?? []).flatMap((document) => {
        const pending = this.#pending.get(document.name);
        if (pending === "leaving") return [];
        return [pending === undefined ? document : { ...document, ...pending }];
      }),
      current: shelf !== null && this.#isCurrent(shelf),
      known: shelf !== null,
      more: shelf !== null && shelf.next !== null,
      loadingMore: this.#loadingMore,
      error: this.#error,
    };
  }
}

/** A list and its next page. What has moved while we paged may come again. */
function joined(documents: readonly Document[], page: readonly Document[]): Document[] {
  const known = new Set(documents.map(({ name }) => name));
  return [...documents, ...page.filter(({ name }) => !known.has(name))];
}

/** The list with `document` where the order puts it. */
function inserted(documents: readonly Document[], document: Document, sort: View["sort"]): Document[] {
  const others = documents.filter(({ name }) => name !== document.name);
  const after = (other: Document) =>
    sort === "name" ? other.name > document.name : Date.parse(other.modified) < Date.parse(document.modified);
  const place = others.findIndex(after);
  return place < 0 ? [...others, document] : [...others.slice(0, place), document, ...others.slice(place)];
}
