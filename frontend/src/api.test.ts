import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Api, isSignedOut } from "./api.ts";
import { Problem, type Session, Unreachable } from "./session.ts";

const NOW = Date.UTC(2026, 10, 22, 12);

function session(token: string, seconds: number): Session {
  const expires = new Date(NOW + seconds * 1000).toISOString();
  return { token, expires, subject: "alice", name: "Alice", grants: [] };
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const refusal = (status: number, code: string) => json({ status, code, detail: "no" }, status);

/** What was asked: method, path and token. */
let asked: string[];
/** How the network answers, by path. */
let answers: Map<string, () => Response>;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  asked = [];
  answers = new Map();
  vi.stubGlobal("fetch", async (path: string, { method, headers }: RequestInit) => {
    const token = new Headers(headers).get("Authorization") ?? "cookie";
    asked.push(`${method} ${path} ${token}`);
    const answer = answers.get(path);
    if (answer === undefined) throw new TypeError("Failed to fetch");
    return answer();
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a request", () => {
  it("brings the token while it is good", async () => {
    answers.set("/api/v1/documents/notes%2Ftoday", () => json({ name: "notes/today" }));
    const document = await new Api(session("first", 60)).document("notes/today");
    expect(document.name).toBe("notes/today");
    expect(asked).toEqual(["GET /api/v1/documents/notes%2Ftoday Bearer first"]);
  });

  it("brings a new token when the old one is about to end; requests at the same time share it", async () => {
    answers.set("/api/v1/session", () => json(session("second", 600)));
    answers.set("/api/v1/documents/a", () => json({}));
    const api = new Api(session("first", 20));
    await Promise.all([api.document("a"), api.document("a")]);
    expect(asked).toEqual([
      "POST /api/v1/session cookie",
      "GET /api/v1/documents/a Bearer second",
      "GET /api/v1/documents/a Bearer second",
    ]);
    expect(api.session.token).toBe("second");
  });

  it("brings a guest's new token, which the page's cookie has nothing to do with", async () => {
    answers.set("/api/v1/documents/a", () => json({}));
    const api = new Api(session("first", 20), async () => session("second", 600));
    await api.document("a");
    expect(asked).toEqual(["GET /api/v1/documents/a Bearer second"]);
  });

  it("asks about parts of a document, and takes an empty answer", async () => {
    answers.set("/api/v1/documents/a%2Fb/shares/1", () => new Response(null, { status: 204 }));
    expect(await new Api(session("first", 60)).ofDocument("DELETE", "a/b", "/shares/1")).toBeNull();
    expect(asked).toEqual(["DELETE /api/v1/documents/a%2Fb/shares/1 Bearer first"]);
  });

  it("is made once more where the token has ended before its time, and no oftener", async () => {
    answers.set("/api/v1/session", () => json(session("second", 600)));
    answers.set("/api/v1/documents/a", () => refusal(401, "unauthenticated"));
    const error = await new Api(session("first", 600)).remove("a").catch((error: unknown) => error);
    expect(isSignedOut(error)).toBe(true);
    expect(asked).toEqual([
      "DELETE /api/v1/documents/a Bearer first",
      "POST /api/v1/session cookie",
      "DELETE /api/v1/documents/a Bearer second",
    ]);
  });

  it("tells what the server said, and when it said nothing", async () => {
    answers.set("/api/v1/documents/a", () => refusal(403, "forbidden"));
    const api = new Api(session("first", 600));
    await expect(api.document("a")).rejects.toMatchObject({ status: 403, code: "forbidden", message: "no" });
    await expect(api.document("a")).rejects.toBeInstanceOf(Problem);
    await expect(api.document("b")).rejects.toBeInstanceOf(Unreachable);
  });
});
