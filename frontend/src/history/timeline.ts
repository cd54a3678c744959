/**
 * The sittings as far as the reader has scrolled: pages by cursor, and the newest page asked for anew while people write.
 *
 * An answer to the newest page is laid over what is known: the sitting that goes on has grown, and there may be new ones
 * above it. Where the answer does not reach down to what is known, the list begins anew with it.
 */
import type { Sitting, SittingPage, Version } from "./client.ts";

/** What the timeline needs of the server. */
export interface Sittings {
  sittings(cursor: string | null, signal?: AbortSignal): Promise<SittingPage>;
}

export interface TimelineSnapshot {
  readonly sittings: readonly Sitting[];
  /** There was an answer. */
  readonly known: boolean;
  readonly more: boolean;
  readonly loadingMore: boolean;
  /** Why the newest question was not answered. */
  readonly error: unknown;
}

export class Timeline {
  readonly #server: Sittings;
  readonly #views = new Set<() => void>();
  #sittings: readonly Sitting[] = [];
  #known = false;
  #next: string | null = null;
  #error: unknown = null;
  #asking: AbortController | null = null;
  #loadingMore = false;
  /** It was asked to refresh while it was asking: once more afterwards. */
  #stale = false;
  #snapshot: TimelineSnapshot;

  constructor(server: Sittings) {
    this.#server = server;
    this.#snapshot = this.#take();
  }

  /** Calls `changed` after every new snapshot, until the returned function is called. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#views.add(changed);
    return () => this.#views.delete(changed);
  };

  readonly snapshot = (): TimelineSnapshot => this.#snapshot;

  /** Asks for the newest sittings. */
  readonly refresh = (): void => {
    this.#stale = this.#asking !== null;
    if (this.#stale) return;
    void this.#ask(null);
  };

  /** Asks for the next page. */
  readonly loadMore = (): void => {
    if (this.#next === null || this.#asking !== null) return;
    void this.#ask(this.#next);
  };

  /** Nobody looks at it any more. */
  leave(): void {
    this.#asking?.abort();
    this.#asking = null;
    this.#loadingMore = false;
    this.#stale = false;
  }

  /** A version has been named, or has another name. */
  put(version: Version): void {
    this.#change((versions, sitting) => {
      const others = versions.filter(({ id }) => id !== version.id);
      const isHere = sitting.before < version.moment && version.moment <= sitting.moment;
      return isHere ? [...others, version].sort((a, b) => b.moment - a.moment) : others;
    });
  }

  /** A version is gone; its moment stays. */
  drop(id: string): void {
    this.#change((versions) => versions.filter((version) => version.id !== id));
  }

  #change(change: (versions: readonly Version[], sitting: Sitting) => readonly Version[]): void {
    this.#sittings = this.#sittings.map((sitting) => ({ ...sitting, versions: change(sitting.versions, sitting) }));
    this.#publish();
  }

  async #ask(cursor: string | null): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.#loadingMore = cursor !== null;
    this.#error = null;
    this.#publish();
    try {
      const page = await this.#server.sittings(cursor, asking.signal);
      if (this.#asking !== asking) return;
      if (cursor === null) this.#lay(page);
      else this.#append(page);
      this.#known = true;
    } catch (error) {
      if (this.#asking !== asking) return;
      this.#error = error;
    }
    this.#asking = null;
    this.#loadingMore = false;
    this.#publish();
    if (this.#stale && this.#error === null) this.refresh();
    this.#stale = false;
  }

  #lay({ sittings, next }: SittingPage): void {
    const last = sittings.at(-1);
    const place = last === undefined ? -1 : this.#sittings.findIndex(({ before }) => before === last.before);
    if (place < 0) {
      this.#sittings = sittings;
      this.#next = next;
    } else {
      // Below what was asked for now, the list goes on as it did before.
      if (place === this.#sittings.length - 1) this.#next = next;
      this.#sittings = [...sittings, ...this.#sittings.slice(place + 1)];
    }
  }

  #append({ sittings, next }: SittingPage): void {
    const known = new Set(this.#sittings.map(({ before }) => before));
    this.#sittings = [...this.#sittings, ...sittings.filter(({ before }) => !known.has(before))];
    this.#next = next;
  }

  #publish(): void {
    this.#snapshot = this.#take();
    for (const changed of this.#views) changed();
  }

  #take(): TimelineSnapshot {
    return {
      sittings: this.#sittings,
      known: this.#known,
      more: this.#next !== null,
      loadingMore: this.#loadingMore,
      error: this.#error,
    };
  }
}
