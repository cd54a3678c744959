import { describe, expect, it } from "vitest";
import { actorOf, deedOf, staidWords } from "./events.ts";
import type { AccessEvent } from "./sharing.ts";

function event(fields: Partial<AccessEvent>): AccessEvent {
  const from = "2026-11-28T12:00:00.000Z";
  return {
    id: 1,
    kind: "visit",
    subject: "ann",
    name: "Ann",
    via: null,
    role: null,
    from,
    to: null,
    detail: {},
    ...fields,
  };
}

const NAMES = { links: new Map([["1", "Review"]]), people: new Map([["ben", "Ben"]]) };
const deed = (fields: Partial<AccessEvent>) => deedOf(event(fields), NAMES);

describe("the activity", () => {
  it("tells who came, by what, and for how long", () => {
    const via = { kind: "link", id: "1", name: null };
    const visit = event({ via, role: "editor", to: "2026-11-28T13:30:00.000Z" });
    expect(actorOf(visit)).toBe("Ann");
    expect(deedOf(visit, NAMES)).toBe("opened it by the link “Review” as an editor");
    expect(staidWords(visit)).toBe("for 1 hour");
    expect(deed({ via: { ...via, id: "2" } })).toBe("opened it by a link");
    expect(deed({ via: { kind: "token", id: null, name: null } })).toBe("opened it");
    expect(deed({ via: { kind: "key", id: "k", name: null } })).toBe("opened it with an API key");
    expect(staidWords(event({}))).toBe("here now");
    expect(staidWords(event({ to: "2026-11-28T12:00:20.000Z" }))).toBe("for a moment");
    expect(staidWords(event({ to: "2026-11-28T12:05:20.000Z" }))).toBe("for 5 minutes");
  });

  it("tells what was shared, and taken back; the role is what was given, not who gave it", () => {
    const made = { role: "owner", detail: { share: "1", role: "viewer", name: "Review" } } as const;
    expect(deed({ kind: "share-created", ...made })).toBe("made the link “Review” for viewers");
    expect(deed({ kind: "share-created", detail: { share: "1", role: "viewer", name: null } })).toBe(
      "made a link for viewers",
    );
    const changed = (...fields: string[]) => ({ kind: "share-changed", detail: { ...made.detail, changed: fields } });
    expect(deed(changed("role"))).toBe("changed the link “Review”, for viewers now");
    expect(deed(changed("password"))).toBe("changed the link “Review”");
    expect(deed({ kind: "share-revoked", detail: { share: "1", name: null } })).toBe("revoked a link");
    expect(deed({ kind: "grant-set", role: "owner", detail: { subject: "ben", role: "editor" } })).toBe(
      "let Ben in as an editor",
    );
    expect(deed({ kind: "grant-removed", detail: { subject: "cleo", role: "editor" } })).toBe(
      "took cleo’s access back",
    );
    expect(staidWords(event({ kind: "grant-set" }))).toBe("");
  });

  it("names nobody whom it does not know, and survives kinds of later servers", () => {
    expect(actorOf(event({ name: null, subject: null }))).toBe("Somebody");
    expect(actorOf(event({ name: null }))).toBe("ann");
    expect(deed({ kind: "key-rotated", role: "king" as never })).toBe("key rotated");
    expect(deed({ role: "king" as never })).toBe("opened it");
  });
});
