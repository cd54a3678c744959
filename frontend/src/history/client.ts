/** The server's memory of one document: sittings, moments, versions, differences, authors (`/api/v1/openapi.json`). */
import type { Api } from "../api.ts";

/** Who changed how much, in characters. */
export interface Share {
  readonly subject: string;
  readonly name: string;
  readonly inserted: number;
  readonly deleted: number;
}

/** A moment that somebody named. Nothing is copied for it. */
export interface Version {
  readonly id: string;
  readonly name: string;
  readonly moment: number;
  /** When the document was so, RFC 3339. */
  readonly time: string;
  readonly created: string;
  readonly subject: string | null;
  /** What its author goes by. */
  readonly author: string | null;
  /** Made by the server at the end of a sitting. */
  readonly automatic: boolean;
}

/** An earlier moment that was brought back, or what somebody did that was undone. */
export interface Restored {
  /** The moment that this made. */
  readonly moment: number;
  /** The moment that was brought back, or behind which something was undone. */
  readonly of: number;
  readonly by: string | null;
  readonly time: string;
  /** Whether what somebody did was undone. */
  readonly undone: boolean;
}

/** Changes without a long pause between them. A moment is the number of the last change that belongs to it. */
export interface Sitting {
  /** The document at its end. */
  readonly moment: number;
  /** The document before it began. */
  readonly before: number;
  readonly from: string;
  readonly to: string;
  /** How many moments can be looked at in it. */
  readonly steps: number;
  /** Most active first. */
  readonly people: readonly Share[];
  readonly restored: readonly Restored[];
  readonly versions: readonly Version[];
}

export interface SittingPage {
  readonly sittings: readonly Sitting[];
  readonly next: string | null;
}

/** A moment that can be looked at, and who changed what since the one before it. */
export interface Step {
  readonly moment: number;
  readonly time: string;
  readonly people: readonly Share[];
}

/** Text that stands in the document, by its place in Yjs, and where it came from. */
export interface Span {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
  /** Null where nobody knows any more. */
  readonly subject: string | null;
  readonly time: string;
  readonly moment: number;
}

/** What people go by, by their subjects. */
export type Names = Readonly<Record<string, { readonly name: string }>>;

export interface Authors {
  readonly moment: number;
  readonly spans: readonly Span[];
  readonly people: Names;
}

export type Change = "same" | "added" | "removed" | "changed";
export type Marks = Readonly<Record<string, unknown>>;
export type Props = Readonly<Record<string, unknown>>;

/** Something among the words that is no text: a line break, a mention, a picture. */
export interface Embed {
  readonly type: string;
  readonly attrs?: Props;
}

/** Text that has one fate and one look. */
export interface Run {
  /** Empty for what is no text. */
  readonly text: string;
  readonly embed?: Embed | null;
  readonly change: Change;
  readonly marks?: Marks;
  /** The look it had, when only that is another. */
  readonly before?: Marks;
  /** Who added or removed it, where that is known. */
  readonly subject?: string | null;
  readonly time?: string | null;
}

export interface Block {
  readonly change: Change;
  readonly type: string;
  /** How many blocks it lies in. */
  readonly depth: number;
  readonly id?: string | null;
  readonly props?: Props;
  /** What it stands in besides other blocks, outermost first: a table, its row, its cell. */
  readonly in?: readonly { readonly type: string; readonly props?: Props }[];
  /** What it was, where that is something else. */
  readonly before?: { readonly type?: string; readonly props?: Props; readonly depth?: number };
  readonly runs?: readonly Run[];
}

export interface Difference {
  readonly from: { readonly moment: number; readonly time: string | null };
  readonly to: { readonly moment: number; readonly time: string | null };
  readonly blocks: readonly Block[];
  /** What became of maps and arrays, which the page counts and does not draw. */
  readonly values?: readonly unknown[];
  readonly people: Names;
}

export interface Restoring {
  /** The newest moment afterwards. */
  readonly moment: number;
  /** The moment that was brought back. */
  readonly restored: number;
  /** False where the document was like that already. */
  readonly changed: boolean;
}

const PAGE = 50;
const LARGEST_PAGE = 200;
/** Pages of steps or versions that are put together at most; the server gives 2,000 steps on a page. */
const MOST_PAGES = 10;

/** What the history's views need of the server. Calls throw as `Api`'s do. */
export class HistoryClient {
  readonly #api: Api;
  readonly #name: string;

  constructor(api: Api, name: string) {
    this.#api = api;
    this.#name = name;
  }

  /** Sittings, newest first. */
  async sittings(cursor: string | null, signal?: AbortSignal): Promise<SittingPage> {
    const fields = new URLSearchParams({ limit: String(PAGE) });
    if (cursor !== null) fields.set("cursor", cursor);
    return this.#api.ofDocument("GET", this.#name, `/history?${fields}`, { signal });
  }

  /** The moments of a span that can be looked at, oldest first. */
  async steps(from: number, to: number, signal?: AbortSignal): Promise<readonly Step[]> {
    const found: Step[] = [];
    const fields = new URLSearchParams({ from: String(from), to: String(to) });
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await this.#api.ofDocument<{ steps: Step[]; next: string | null }>(
        "GET",
        this.#name,
        `/history/steps?${fields}`,
        { signal },
      );
      found.push(...answer.steps);
      if (answer.next === null) break;
      fields.set("cursor", answer.next);
    }
    return found;
  }

  /** Who wrote what stands there now. */
  async authors(signal?: AbortSignal): Promise<Authors> {
    return this.#api.ofDocument("GET", this.#name, "/history/authors?at=now", { signal });
  }

  /** The document as it was, as one Yjs update. */
  async state(moment: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#api.bytesOfDocument(this.#name, `/state?at=${moment}`, signal);
  }

  /** What is another at `to` than it was at `from`. */
  async difference(from: number, to: number | "now", signal?: AbortSignal): Promise<Difference> {
    const fields = new URLSearchParams({ from: String(from), to: String(to), format: "json" });
    return this.#api.ofDocument("GET", this.#name, `/versions/diff?${fields}`, { signal });
  }

  /** Brings a moment back, as a new change. */
  async restore(moment: number): Promise<Restoring> {
    return this.#api.ofDocument("POST", this.#name, "/history/restore", { body: { at: String(moment) } });
  }

  /** Takes back what `subject` did after the moment `from`, up to `to`; what others did stays. */
  async undo(subject: string, from: number, to: number): Promise<Restoring> {
    const undo = { subject, from: String(from), to: String(to) };
    return this.#api.ofDocument("POST", this.#name, "/history/restore", { body: { undo } });
  }

  /** The versions, newest moment first. */
  async versions(signal?: AbortSignal): Promise<readonly Version[]> {
    const found: Version[] = [];
    const fields = new URLSearchParams({ limit: String(LARGEST_PAGE) });
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await this.#api.ofDocument<{ versions: Version[]; next: string | null }>(
        "GET",
        this.#name,
        `/versions?${fields}`,
        { signal },
      );
      found.push(...answer.versions);
      if (answer.next === null) break;
      fields.set("cursor", answer.next);
    }
    return found;
  }

  /** Gives a moment a name. */
  async nameVersion(name: string, moment: number | "now"): Promise<Version> {
    return this.#api.ofDocument("POST", this.#name, "/versions", { body: { name, at: String(moment) } });
  }

  async renameVersion(id: string, name: string): Promise<Version> {
    return this.#api.ofDocument("PATCH", this.#name, `/versions/${encodeURIComponent(id)}`, { body: { name } });
  }

  async deleteVersion(id: string): Promise<void> {
    await this.#api.ofDocument("DELETE", this.#name, `/versions/${encodeURIComponent(id)}`);
  }
}
