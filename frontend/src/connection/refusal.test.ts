import { expect, it } from "vitest";
import { Problem } from "../session.ts";
import { objectionTo, refusalOfClose, refusalOfProblem } from "./refusal.ts";

it("takes only final close codes for a refusal", () => {
  expect(refusalOfClose(4403, "no")).toEqual({ kind: "forbidden", reason: "no" });
  expect(refusalOfClose(4410, "")).toEqual({ kind: "deleted", reason: "" });
  for (const passing of [1000, 1001, 1006, 1011, 1013, 4205, 4408, 4429]) {
    expect(refusalOfClose(passing, ""), String(passing)).toBeNull();
  }
});

it("knows the server's codes in its answers, and keeps words that it does not know", () => {
  const kindOf = (status: number, code: string) => refusalOfProblem(new Problem(status, code, "words"))?.kind;
  expect(kindOf(410, "document-deleted")).toBe("deleted");
  expect(kindOf(404, "not-found")).toBe("not-found");
  expect(kindOf(401, "unknown")).toBe("signed-out");
  expect(kindOf(404, "link-ended")).toBe("link-ended");
  expect(kindOf(401, "link-asks")).toBe("link-asks");
  expect(kindOf(410, "share-expired")).toBe("link-expired");
  expect(refusalOfProblem(new Problem(400, "invalid-name", "out of ink"))).toEqual({
    kind: "refused",
    reason: "out of ink",
  });
});

it("takes a damaged document for a refusal, though the server's other failures pass", () => {
  expect(refusalOfProblem(new Problem(503, "document-unreadable", "damaged"))?.kind).toBe("unreadable");
  expect(refusalOfProblem(new Problem(503, "storage-unavailable", "later"))).toBeNull();
  expect(refusalOfProblem(new Problem(429, "too-many", "later"))).toBeNull();
});

it("objects to another reader and to another life of the document, and to nothing that has not begun", () => {
  expect(objectionTo("alice", "alice", "life", "life")).toBeNull();
  expect(objectionTo("alice", "alice", undefined, null)).toBeNull();
  expect(objectionTo("bob", "alice", "life", "life")).toBe("somebody-else");
  expect(objectionTo("alice", "alice", "another", "life")).toBe("replaced");
  expect(objectionTo("alice", "alice", undefined, "life")).toBe("replaced");
});
