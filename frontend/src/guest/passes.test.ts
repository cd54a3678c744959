import { describe, expect, it } from "vitest";
import type { Entry } from "./link.ts";
import { Passes } from "./passes.ts";

class Shelf {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
}

function entry(document: string, pass = "p"): Entry {
  const session = { token: "t", expires: "2026-11-22T12:00:00.000Z", subject: "guest:1:a", name: "Ann" };
  return { ...session, document, title: "", role: "editor", pass };
}

describe("a pass", () => {
  it("is found again by its document and by its link, in another window too", () => {
    const shelf = new Shelf();
    new Passes(() => shelf).keep("secret", entry("notes/plan"));
    const other = new Passes(() => shelf);
    expect(other.of("notes/plan")?.pass).toBe("p");
    expect(other.by("secret")?.document).toBe("notes/plan");
    expect(other.of("plan")).toBeNull();
    expect(other.by("another")).toBeNull();
  });

  it("takes the place of an older one of the document, and goes when it is forgotten", () => {
    const passes = new Passes(() => new Shelf());
    const shelf = new Shelf();
    const kept = new Passes(() => shelf);
    kept.keep("first", entry("plan", "old"));
    kept.keep("second", entry("plan", "new"));
    expect(kept.of("plan")?.pass).toBe("new");
    expect(kept.by("first")).toBeNull();
    kept.forget("plan");
    expect(kept.of("plan")).toBeNull();
    expect(passes.of("plan")).toBeNull();
  });

  it("lasts as long as the window where the browser keeps nothing", () => {
    const passes = new Passes(() => {
      throw new DOMException("no", "SecurityError");
    });
    passes.keep("secret", entry("plan"));
    passes.called = "Ann";
    expect(passes.of("plan")?.secret).toBe("secret");
    expect(passes.called).toBe("");
  });

  it("begins with a session whose token is renewed before it is used, or with the one that was brought", () => {
    const shelf = new Shelf();
    const passes = new Passes(() => shelf);
    const pass = passes.keep("secret", entry("plan"));
    expect(passes.session(pass)).toMatchObject({ token: "", subject: "guest:1:a", guest: true });
    expect(Date.parse(passes.session(pass).expires)).toBe(0);
    const brought = { ...passes.session(pass), token: "good" };
    passes.bring("plan", brought);
    expect(passes.session(pass).token).toBe("good");
  });

  it("is not made of what else lies in its place", () => {
    const shelf = new Shelf();
    for (const found of ['{"document":"plan"}', "nonsense", '[{"document":"plan","role":"king"}]', "null", "[null]"]) {
      shelf.setItem("collab.passes", found);
      expect(new Passes(() => shelf).of("plan"), found).toBeNull();
    }
  });
});
