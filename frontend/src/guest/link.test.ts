import { afterEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../session.ts";
import { enter, lookAt, reenter, sessionOf } from "./link.ts";

const ENTRY = {
  token: "t",
  expires: "2026-11-28T12:05:00.000Z",
  document: "plans/a*b",
  title: "Plan",
  role: "editor",
  subject: "guest:1:a",
  name: "Dora",
  pass: "p",
} as const;

/** What was sent, one line a request. */
let sent: string[];

function answering(status: number, body: unknown): void {
  sent = [];
  vi.stubGlobal("fetch", async (path: string, request: RequestInit) => {
    sent.push(`${request.method ?? "GET"} ${path} ${request.body ?? ""}`.trim());
    expect(request.referrerPolicy).toBe("no-referrer");
    return new Response(JSON.stringify(body), { status });
  });
}

afterEach(() => vi.unstubAllGlobals());

describe("a link", () => {
  it("is looked at before anybody comes in by it", async () => {
    answering(200, { role: "viewer", title: null, document: null, passwordRequired: true, name: null });
    expect((await lookAt("s3cret")).passwordRequired).toBe(true);
    expect(sent).toEqual(["GET /api/v1/shares/s3cret"]);
  });

  it("is entered with a name, and with a password where it asks for one", async () => {
    answering(200, ENTRY);
    await enter("s3cret", "Dora", "");
    expect(sent).toEqual(['POST /api/v1/shares/s3cret/session {"name":"Dora"}']);
    await enter("s3cret", "Dora", "open");
    expect(sent.at(-1)).toBe('POST /api/v1/shares/s3cret/session {"name":"Dora","password":"open"}');
  });

  it("makes a guest, who has this document and nothing else", async () => {
    answering(200, ENTRY);
    const session = sessionOf(await reenter("s3cret", "p"));
    expect(sent).toEqual(['POST /api/v1/shares/s3cret/session {"pass":"p"}']);
    expect(session).toMatchObject({ guest: true, subject: "guest:1:a" });
    expect(session.grants).toEqual([{ document: "plans/a*b", role: "editor" }]);
  });

  it("that has ended is not taken for a document that is not there", async () => {
    const ends = [
      [404, "not-found", "link-ended"],
      [401, "password-required", "link-asks"],
      [401, "unauthenticated", "pass-revoked"],
      [410, "share-expired", "share-expired"],
      [410, "document-deleted", "document-deleted"],
      [503, "overloaded", "overloaded"],
    ] as const;
    for (const [status, code, said] of ends) {
      answering(status, { status, code, detail: "no" });
      const error = await reenter("s3cret", "p").catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Problem);
      expect(error, code).toMatchObject({ status, code: said, message: "no" });
    }
  });
});
