/**
 * What this browser keeps of a document, so that it can be read and written without the server.
 *
 * One database for all documents, in three stores:
 *
 *     documents   [subject, name, lineage] → when it was last open here, its title, what the reader might do
 *     updates     number → a Yjs update of that document, in the order in which they came
 *     unsaved     the same number, while the server has not said that it has this update
 *
 * The lineage is in the name since a document that was wiped and made again must not be mixed with what it was, and the
 * subject since a browser may serve several people. An update's mark goes with the update itself: a window knows of
 * exactly those updates that it has read or written, so it can never call another window's work saved.
 *
 * `y-indexeddb` is not used: it does not say when, or whether, something was stored, which the light has to know.
 */
import * as Y from "yjs";

const DATABASE = "collab";
const DOCUMENTS = "documents";
const UPDATES = "updates";
const UNSAVED = "unsaved";
const ALL = [DOCUMENTS, UPDATES, UNSAVED];

/** From how many updates on they are stored anew as one. */
const MANY = 200;

/** Days after which a document that was not opened here again is dropped; what is unsaved of it never is. */
const DAYS = 30;

/** How long a browser may take to give what it keeps before the page goes on without, in milliseconds. */
const PATIENCE = 2_000;

type Key = [subject: string, name: string, lineage: string];

/** What is remembered of a document beside its text. */
export interface Remembered {
  readonly title: string;
  readonly readOnly: boolean;
}

interface DocumentRow extends Remembered {
  readonly key: Key;
  /** Milliseconds since the epoch. */
  readonly opened: number;
}

interface UpdateRow {
  readonly document: Key;
  readonly update: Uint8Array;
}

/** The answer to a request; rejects with its error. */
function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The end of a transaction: resolves once it is stored, rejects when none of it is. */
function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("The browser gave a transaction up."));
  });
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore(DOCUMENTS, { keyPath: "key" });
      database.createObjectStore(UPDATES, { autoIncrement: true }).createIndex("document", "document");
      database.createObjectStore(UNSAVED).createIndex("document", "document");
    };
    request.onsuccess = () => {
      // Another window may need a newer layout: nothing here is worth standing in its way.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/** Whatever comes first after `subject` and `name`: all lineages of a document. */
function lineagesOf(subject: string, name: string): IDBKeyRange {
  return IDBKeyRange.bound([subject, name], [subject, name, []]);
}

/** Deletes a document's rows in a transaction over all stores. */
function drop(transaction: IDBTransaction, key: Key): void {
  transaction.objectStore(DOCUMENTS).delete(key);
  for (const name of [UPDATES, UNSAVED]) {
    const store = transaction.objectStore(name);
    const request = store.index("document").getAllKeys(key);
    request.onsuccess = () => {
      for (const number of request.result) store.delete(number);
    };
  }
}

/** What was queued, and is stored in one transaction. */
interface Batch {
  /** Updates that wait for the disk, with whether the server lacks them. */
  readonly updates: { readonly update: Uint8Array; unsaved: boolean }[];
  /** Numbers of updates that the server has now. */
  readonly saved: number[];
  /** The document's state, which takes the place of the updates with these numbers. */
  folded: { readonly state: Uint8Array; readonly numbers: readonly number[] } | null;
  /** What to remember from now on. */
  remembered: Remembered | null;
  /** The server has everything of this batch; it said so while it was being stored. */
  settled: boolean;
}

const emptyBatch = (): Batch => ({ updates: [], saved: [], folded: null, remembered: null, settled: false });

/** One document's copy in this browser. Never throws: `store` says what it is good for. */
export class Copy {
  readonly lineage: string;
  readonly #key: Key;
  readonly #database: Promise<IDBDatabase>;
  readonly #changed: () => void;
  #remembered: Remembered;
  #next = emptyBatch();
  #writing: Batch | null = null;
  #broken = false;
  #removed = false;
  /** The document's row is there, or was: when it is missing then, another window has removed the copy. */
  #begun: boolean;
  /** Numbers of the updates that this window knows, by whether the server has them. */
  #savedNumbers: number[] = [];
  #unsavedNumbers: number[] = [];

  /** `begun` says that it was found, with updates of these numbers; `changed` is called when `store` may have changed. */
  constructor(
    database: Promise<IDBDatabase>,
    key: Key,
    remembered: Remembered,
    { begun, saved, unsaved }: { begun: boolean; saved: number[]; unsaved: number[] },
    changed: () => void,
  ) {
    this.#database = database;
    this.#key = key;
    this.#remembered = remembered;
    this.#begun = begun;
    this.#savedNumbers = saved;
    this.#unsavedNumbers = unsaved;
    this.#changed = changed;
    this.lineage = key[2];
    this.#next.remembered = remembered; // with the time at which it was opened
    this.#write();
  }

  get remembered(): Remembered {
    return this.#remembered;
  }

  /** Whether everything that was added is stored, is about to be, or cannot be. */
  get store(): "kept" | "writing" | "none" {
    if (this.#broken || this.#removed) return "none";
    return this.#writing === null && isEmpty(this.#next) ? "kept" : "writing";
  }

  /** Stores one more update; `unsaved` says that the server does not have it yet. */
  add(update: Uint8Array, unsaved: boolean): void {
    this.#next.updates.push({ update, unsaved });
    this.#write();
  }

  /** The server has everything that was read or added so far; `document` is all of that. */
  settled(document: Y.Doc): void {
    for (const waiting of this.#next.updates) waiting.unsaved = false;
    if (this.#writing !== null) this.#writing.settled = true;
    this.#next.saved.push(...this.#unsavedNumbers);
    this.#savedNumbers.push(...this.#unsavedNumbers);
    this.#unsavedNumbers = [];
    if (this.#savedNumbers.length > MANY && this.#writing === null) {
      this.#next.updates.length = 0;
      this.#next.folded = { state: Y.encodeStateAsUpdate(document), numbers: this.#savedNumbers };
      this.#savedNumbers = [];
    }
    this.#write();
  }

  remember(remembered: Remembered): void {
    if (remembered.title === this.#remembered.title && remembered.readOnly === this.#remembered.readOnly) return;
    this.#remembered = remembered;
    this.#next.remembered = remembered;
    this.#write();
  }

  /** Forgets the document in this browser, with what other windows have added to it. */
  async remove(): Promise<void> {
    this.#removed = true;
    try {
      const transaction = (await this.#database).transaction(ALL, "readwrite");
      drop(transaction, this.#key);
      await completed(transaction);
    } catch {
      this.#broken = true;
    }
  }

  #write(): void {
    if (this.#writing !== null || this.#broken || this.#removed || isEmpty(this.#next)) return;
    const batch = this.#next;
    this.#writing = batch;
    this.#next = emptyBatch();
    this.#store(batch)
      .catch(() => {
        // No room, or the browser's storage is gone: from here on nothing is promised.
        this.#broken = true;
      })
      .finally(() => {
        this.#writing = null;
        this.#write();
        this.#changed();
      });
  }

  async #store(batch: Batch): Promise<void> {
    const database = await this.#database;
    // "strict": it is on the disk before the light says so. What the server has is not worth the wait.
    const durability = batch.updates.some(({ unsaved }) => unsaved) ? "strict" : "relaxed";
    const transaction = database.transaction(ALL, "readwrite", { durability });
    const end = completed(transaction);
    const [updates, marks] = [transaction.objectStore(UPDATES), transaction.objectStore(UNSAVED)];
    const numbers: { readonly unsaved: boolean; readonly request: IDBRequest<IDBValidKey> }[] = [];
    const put = (update: Uint8Array, unsaved: boolean) => {
      const request = updates.add({ document: this.#key, update } satisfies UpdateRow);
      if (unsaved) request.onsuccess = () => marks.add({ document: this.#key }, request.result);
      numbers.push({ unsaved, request });
    };
    const documents = transaction.objectStore(DOCUMENTS);
    if (this.#begun) {
      const there = documents.count(this.#key);
      // What follows on from what is gone is no copy: none of it is stored.
      there.onsuccess = () => there.result === 0 && transaction.abort();
    }
    if (batch.remembered !== null) {
      documents.put({ key: this.#key, opened: Date.now(), ...batch.remembered } satisfies DocumentRow);
    }
    for (const number of batch.saved) marks.delete(number);
    if (batch.folded !== null) {
      for (const number of batch.folded.numbers) updates.delete(number);
      put(batch.folded.state, false);
    }
    for (const unsaved of [false, true]) {
      const group = batch.updates.filter((waiting) => waiting.unsaved === unsaved).map(({ update }) => update);
      if (group.length > 0) put(group.length === 1 && group[0] ? group[0] : Y.mergeUpdates(group), unsaved);
    }
    await end;
    this.#begun = true;
    for (const { unsaved, request } of numbers) {
      const number = request.result as number;
      (unsaved && !batch.settled ? this.#unsavedNumbers : this.#savedNumbers).push(number);
      if (unsaved && batch.settled) this.#next.saved.push(number);
    }
  }
}

function isEmpty(batch: Batch): boolean {
  const { updates, saved, folded, remembered } = batch;
  return updates.length === 0 && saved.length === 0 && folded === null && remembered === null;
}

/** What was found of a document: its copy, and the text, in updates that the server has and updates that it lacks. */
export interface Found {
  readonly copy: Copy;
  readonly saved: readonly Uint8Array[];
  readonly unsaved: readonly Uint8Array[];
}

/** The copies of this page's documents; opens the browser's database once. */
export class Copies {
  readonly #database: Promise<IDBDatabase>;

  constructor() {
    this.#database = new Promise((resolve) => resolve(openDatabase()));
    // Said where it is asked for.
    this.#database.catch(() => {});
  }

  /** The copy of `name` that was opened last; null where there is none, or the browser keeps nothing. */
  async find(subject: string, name: string, changed: () => void): Promise<Found | null> {
    const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE, null));
    return Promise.race([late, this.#find(subject, name, changed).catch(() => null)]);
  }

  async #find(subject: string, name: string, changed: () => void): Promise<Found | null> {
    const transaction = (await this.#database).transaction(ALL, "readonly");
    const rows: DocumentRow[] = await answer(transaction.objectStore(DOCUMENTS).getAll(lineagesOf(subject, name)));
    const newest = rows.reduce<DocumentRow | null>(
      (best, row) => (best && best.opened >= row.opened ? best : row),
      null,
    );
    if (newest === null) return null;
    const [numbers, updates, marks] = await Promise.all([
      answer(transaction.objectStore(UPDATES).index("document").getAllKeys(newest.key)),
      answer<UpdateRow[]>(transaction.objectStore(UPDATES).index("document").getAll(newest.key)),
      answer(transaction.objectStore(UNSAVED).index("document").getAllKeys(newest.key)),
    ]);
    const marked = new Set(marks);
    const isUnsaved = (at: number) => marked.has(numbers[at] as number);
    const stored = {
      begun: true,
      saved: (numbers as number[]).filter((_, at) => !isUnsaved(at)),
      unsaved: (numbers as number[]).filter((_, at) => isUnsaved(at)),
    };
    const remembered = { title: newest.title, readOnly: newest.readOnly };
    return {
      copy: new Copy(this.#database, newest.key, remembered, stored, changed),
      saved: updates.filter((_, at) => !isUnsaved(at)).map(({ update }) => update),
      unsaved: updates.filter((_, at) => isUnsaved(at)).map(({ update }) => update),
    };
  }

  /** Begins a copy with `state`, all of a document so far. */
  make(key: Key, remembered: Remembered, state: Uint8Array, unsaved: boolean, changed: () => void): Copy {
    const copy = new Copy(this.#database, key, remembered, { begun: false, saved: [], unsaved: [] }, changed);
    copy.add(state, unsaved);
    return copy;
  }

  /** Drops what was not opened for long; what is unsaved stays. */
  async tidy(): Promise<void> {
    const transaction = (await this.#database).transaction(ALL, "readwrite");
    const end = completed(transaction);
    const before = Date.now() - DAYS * 86_400_000;
    const rows: DocumentRow[] = await answer(transaction.objectStore(DOCUMENTS).getAll());
    for (const { key } of rows.filter(({ opened }) => opened < before)) {
      const marks = transaction.objectStore(UNSAVED).index("document").count(key);
      marks.onsuccess = () => marks.result === 0 && drop(transaction, key);
    }
    await end;
  }
}
