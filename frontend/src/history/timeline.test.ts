import { beforeEach, describe, expect, it } from "vitest";
import type { Sitting, SittingPage, Version } from "./client.ts";
import { Timeline } from "./timeline.ts";

const time = "2026-11-24T12:00:00.000Z";

/** A sitting of the changes after `before`, up to `moment`. */
function sitting(before: number, moment = before + 10): Sitting {
  return { moment, before, from: time, to: time, steps: 1, people: [], restored: [], versions: [] };
}

function version(id: string, moment: number, name = id): Version {
  return { id, name, moment, time, created: time, subject: null, author: null, automatic: false };
}

/** A question that the test answers. */
interface Question {
  readonly cursor: string | null;
  readonly answer: (page: SittingPage) => void;
  readonly refuse: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

let questions: Question[];
let timeline: Timeline;

beforeEach(() => {
  questions = [];
  timeline = new Timeline({
    sittings: (cursor, signal) => new Promise((answer, refuse) => questions.push({ cursor, answer, refuse, signal })),
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve));
const moments = () => timeline.snapshot().sittings.map(({ moment }) => moment);

async function answered(place: number, sittings: Sitting[], next: string | null = null): Promise<void> {
  questions[place]?.answer({ sittings, next });
  await settled();
}

describe("pages", () => {
  it("follow each other, and come once each however often they are asked for", async () => {
    timeline.refresh();
    timeline.loadMore(); // nothing is known yet
    await answered(0, [sitting(20), sitting(10)], "more");
    expect(timeline.snapshot()).toMatchObject({ known: true, more: true, loadingMore: false });
    timeline.loadMore();
    timeline.loadMore();
    expect(timeline.snapshot().loadingMore).toBe(true);
    expect(questions.map(({ cursor }) => cursor)).toEqual([null, "more"]);
    await answered(1, [sitting(10), sitting(0)]); // one has moved down while we paged
    expect(moments()).toEqual([30, 20, 10]);
    expect(timeline.snapshot().more).toBe(false);
  });
});

describe("a fresh look", () => {
  it("grows the sitting that goes on, and keeps what is below", async () => {
    timeline.refresh();
    await answered(0, [sitting(20), sitting(10)], "two");
    timeline.loadMore();
    await answered(1, [sitting(0)], "three");
    timeline.refresh();
    await answered(2, [sitting(35), sitting(20, 35)], "other");
    expect(moments()).toEqual([45, 35, 20, 10]);
    timeline.loadMore();
    expect(questions[3]?.cursor).toBe("three"); // where the list had come to, not where its first page ends
  });

  it("begins anew where it does not reach what is known", async () => {
    timeline.refresh();
    await answered(0, [sitting(0)], null);
    timeline.refresh();
    await answered(1, [sitting(500), sitting(490)], "down");
    expect(moments()).toEqual([510, 500]);
    expect(timeline.snapshot().more).toBe(true);
  });

  it("is taken once more when it was asked for meanwhile", async () => {
    timeline.refresh();
    timeline.refresh();
    timeline.refresh();
    expect(questions.length).toBe(1);
    await answered(0, [sitting(0)]);
    expect(questions.length).toBe(2);
  });
});

describe("a failure", () => {
  it("keeps what was shown, and says so until the next answer", async () => {
    timeline.refresh();
    await answered(0, [sitting(0)]);
    timeline.refresh();
    questions[1]?.refuse("gone");
    await settled();
    expect(timeline.snapshot()).toMatchObject({ known: true, error: "gone" });
    expect(moments()).toEqual([10]);
    timeline.refresh();
    await answered(2, [sitting(0)]);
    expect(timeline.snapshot().error).toBeNull();
  });

  it("of a page that nobody waits for any more is not told", async () => {
    timeline.refresh();
    timeline.leave();
    expect(questions[0]?.signal?.aborted).toBe(true);
    questions[0]?.refuse("aborted");
    await settled();
    expect(timeline.snapshot()).toMatchObject({ known: false, error: null });
    timeline.refresh();
    expect(questions.length).toBe(2);
  });
});

describe("versions", () => {
  const names = () => timeline.snapshot().sittings.map(({ versions }) => versions.map(({ name }) => name));

  it("are put into the sitting that their moment belongs to, renamed, and taken out", async () => {
    timeline.refresh();
    await answered(0, [sitting(10), sitting(0)]);
    timeline.put(version("a", 10));
    timeline.put(version("b", 11));
    timeline.put(version("c", 20));
    expect(names()).toEqual([["c", "b"], ["a"]]);
    timeline.put(version("b", 11, "better"));
    timeline.drop("a");
    expect(names()).toEqual([["c", "better"], []]);
  });
});
