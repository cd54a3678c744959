import { describe, expect, it } from "vitest";
import type { Document, DocumentPage, ListQuery } from "../api.ts";
import { type Documents, Listing } from "./listing.ts";
import type { View } from "./view.ts";

const ALL: View = { q: "", deleted: false, scope: "all", sort: "modified" };
const DELETED: View = { ...ALL, deleted: true };

function doc(name: string, at: number, fields: Partial<Document> = {}): Document {
  const time = new Date(at * 1000).toISOString();
  return {
    name,
    title: "",
    created: time,
    modified: time,
    deleted: null,
    lineage: name,
    role: "owner",
    looksBack: true,
    ...fields,
  };
}

/** A request that is on its way until the test answers it. */
class Call<Answer> {
  readonly promise: Promise<Answer>;
  answer!: (answer: Answer) => void;
  fail!: (error: unknown) => void;

  constructor(
    readonly words: string,
    signal?: AbortSignal,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

/** The network: it keeps requests, and the test decides in which order they are answered. */
class Network implements Documents {
  // biome-ignore lint/suspicious/noExplicitAny: calls of all kinds, in the order of their sending
  readonly calls: Call<any>[] = [];

  #send<Answer>(words: string, signal?: AbortSignal): Promise<Answer> {
    const call = new Call<Answer>(words, signal);
    this.calls.push(call);
    return call.promise;
  }

  documents({ q, deleted, limit, cursor }: ListQuery, signal?: AbortSignal): Promise<DocumentPage> {
    return this.#send(`list ${deleted ? "deleted " : ""}${limit} “${q}” ${cursor ?? "start"}`, signal);
  }

  retitle(name: string, title: string): Promise<Document> {
    return this.#send(`retitle ${name} ${title}`);
  }

  remove(name: string): Promise<void> {
    return this.#send(`remove ${name}`);
  }

  restore(name: string): Promise<Document> {
    return this.#send(`restore ${name}`);
  }

  get last() {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error("nothing was asked");
    return call;
  }
}

/** Lets everything happen that an answer sets off. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

const names = (listing: Listing) => listing.snapshot().documents.map(({ name }) => name);

async function listed(...documents: Document[]) {
  const network = new Network();
  const listing = new Listing(network);
  listing.show(ALL);
  network.last.answer({ documents, next: null });
  await settled();
  return { network, listing };
}

describe("asking", () => {
  it("believes the answer to the last question only", async () => {
    const { network, listing } = await listed(doc("a", 1));
    listing.show({ ...ALL, q: "x" });
    const first = network.last;
    listing.show({ ...ALL, q: "xy" });
    const second = network.last;
    expect(listing.snapshot()).toMatchObject({ current: false, known: true });
    expect(names(listing)).toEqual(["a"]);
    second.answer({ documents: [doc("xy", 1)], next: null });
    await settled();
    first.answer({ documents: [doc("x", 1)], next: null });
    await settled();
    expect(names(listing)).toEqual(["xy"]);
    expect(listing.snapshot().current).toBe(true);
  });

  it("shows a view again at once, and never the living among the deleted", async () => {
    const { network, listing } = await listed(doc("a", 1));
    listing.show(DELETED);
    expect(listing.snapshot()).toMatchObject({ known: false, documents: [] });
    network.last.answer({ documents: [doc("b", 1)], next: null });
    await settled();
    listing.show(ALL);
    expect(names(listing)).toEqual(["a"]);
    expect(network.last.words).toBe("list 50 “” start");
  });

  it("goes on past pages that hold nothing", async () => {
    const network = new Network();
    const listing = new Listing(network);
    listing.show(ALL);
    network.last.answer({ documents: [], next: "2" });
    await settled();
    expect(network.last.words).toBe("list 50 “” 2");
    expect(listing.snapshot().known).toBe(false);
    network.last.answer({ documents: [doc("a", 1)], next: "3" });
    await settled();
    expect(names(listing)).toEqual(["a"]);
    listing.loadMore();
    expect(network.last.words).toBe("list 50 “” 3");
    // What moved while it was read comes once.
    network.last.answer({ documents: [doc("a", 1), doc("b", 0)], next: null });
    await settled();
    expect(names(listing)).toEqual(["a", "b"]);
    expect(listing.snapshot().more).toBe(false);
    // Asking again reaches as far as the reader had come.
    listing.refresh();
    network.last.answer({ documents: [doc("c", 2)], next: "2" });
    await settled();
    network.last.answer({ documents: [doc("a", 1)], next: null });
    await settled();
    expect(names(listing)).toEqual(["c", "a"]);
  });

  it("keeps what it has when nobody answers", async () => {
    const { network, listing } = await listed(doc("a", 1));
    listing.refresh();
    const error = new Error("away");
    network.last.fail(error);
    await settled();
    expect(names(listing)).toEqual(["a"]);
    expect(listing.snapshot().error).toBe(error);
    listing.refresh();
    network.last.answer({ documents: [doc("b", 1)], next: null });
    await settled();
    expect(listing.snapshot().error).toBeNull();
  });
});

describe("changes", () => {
  it("are shown while they are on their way, and taken back when they are refused", async () => {
    const { network, listing } = await listed(doc("b", 2), doc("a", 1, { title: "A" }));
    const renamed = listing.retitle("a", "Other");
    expect(listing.snapshot().documents[1]?.title).toBe("Other");
    network.last.fail(new Error("no"));
    await expect(renamed).rejects.toThrow("no");
    expect(listing.snapshot().documents[1]?.title).toBe("A");

    const removed = listing.remove("b");
    expect(names(listing)).toEqual(["a"]);
    network.last.fail(new Error("no"));
    await expect(removed).rejects.toThrow("no");
    expect(names(listing)).toEqual(["b", "a"]);
  });

  it("are not undone by an answer that they have overtaken", async () => {
    const { network, listing } = await listed(doc("b", 2), doc("a", 1));
    listing.refresh();
    const before = network.last;
    const removed = listing.remove("a");
    network.last.answer(undefined);
    await removed;
    before.answer({ documents: [doc("b", 2), doc("a", 1)], next: null });
    await settled();
    expect(names(listing)).toEqual(["b"]);
    expect(network.last).not.toBe(before);
    network.last.answer({ documents: [doc("b", 2)], next: null });
    await settled();
    expect(names(listing)).toEqual(["b"]);
  });

  it("that bring a document back put it to its place at once", async () => {
    const { network, listing } = await listed(doc("c", 3), doc("b", 2), doc("a", 1));
    const removed = listing.remove("b");
    network.last.answer(undefined);
    await removed;
    const restored = listing.restore("b");
    network.last.answer(doc("b", 2));
    await restored;
    expect(names(listing)).toEqual(["c", "b", "a"]);
    expect(network.last.words).toBe("list 50 “” start");
  });

  it("reach the views that are not looked at", async () => {
    const { network, listing } = await listed(doc("b", 2), doc("a", 1));
    listing.show({ ...ALL, q: "a" });
    network.last.answer({ documents: [doc("a", 1)], next: null });
    await settled();
    const renamed = listing.retitle("a", "New");
    network.last.answer(doc("a", 3, { title: "New" }));
    await renamed;
    listing.show(ALL);
    expect(listing.snapshot().documents.map(({ title }) => title)).toEqual(["", "New"]);
    // A document that was deleted is not shown among the deleted before they were asked for anew.
    listing.show(DELETED);
    network.last.answer({ documents: [], next: null });
    await settled();
    listing.show(ALL);
    const removed = listing.remove("a");
    network.last.answer(undefined);
    await removed;
    listing.show(DELETED);
    expect(listing.snapshot().known).toBe(false);
  });
});
