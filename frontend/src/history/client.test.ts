import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Api } from "../api.ts";
import { HistoryClient } from "./client.ts";

/** What was asked: method, path and body. */
let asked: string[];
/** What the server says, in turn. */
let answers: unknown[];

beforeEach(() => {
  asked = [];
  answers = [];
  vi.stubGlobal("fetch", async (path: string, { method, body }: RequestInit) => {
    asked.push([method, path.replace("/api/v1/documents/", ""), body].filter(Boolean).join(" "));
    const answer = answers.shift();
    return answer === undefined ? new Response(null, { status: 204 }) : new Response(JSON.stringify(answer));
  });
});

afterEach(() => vi.unstubAllGlobals());

function client(): HistoryClient {
  const expires = new Date(Date.now() + 600_000).toISOString();
  return new HistoryClient(new Api({ token: "t", expires, subject: "a", name: "A", grants: [] }), "notes/plan");
}

it("asks for moments and versions by the document's encoded name", async () => {
  answers = [{}, {}, {}, {}, {}, {}, {}];
  await client().sittings("next page");
  await client().state(7);
  await client().difference(3, "now");
  await client().restore(7);
  await client().undo("a", 7, 8);
  await client().nameVersion("Draft", "now");
  await client().renameVersion("v-1", "Final");
  await client().deleteVersion("v-1");
  expect(asked).toEqual([
    "GET notes%2Fplan/history?limit=50&cursor=next+page",
    "GET notes%2Fplan/state?at=7",
    "GET notes%2Fplan/versions/diff?from=3&to=now&format=json",
    'POST notes%2Fplan/history/restore {"at":"7"}',
    'POST notes%2Fplan/history/restore {"undo":{"subject":"a","from":"7","to":"8"}}',
    'POST notes%2Fplan/versions {"name":"Draft","at":"now"}',
    'PATCH notes%2Fplan/versions/v-1 {"name":"Final"}',
    "DELETE notes%2Fplan/versions/v-1",
  ]);
});

it("puts the pages of a long span together, and stops somewhere", async () => {
  const step = (moment: number) => ({ moment, time: "", people: [] });
  answers = [
    { steps: [step(1), step(2)], next: "b" },
    { steps: [step(3)], next: null },
  ];
  expect((await client().steps(0, 3)).map(({ moment }) => moment)).toEqual([1, 2, 3]);
  expect(asked[1]).toBe("GET notes%2Fplan/history/steps?from=0&to=3&cursor=b");
  answers = Array.from({ length: 50 }, () => ({ steps: [step(1)], next: "more" }));
  expect((await client().steps(0, 3)).length).toBe(10);
});
