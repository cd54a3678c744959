import { describe, expect, it } from "vitest";
import { announcementOf, delayBefore, type Facts, type Light, lightOf } from "./light.ts";

const NAMES = ["connected", "loaded", "settled", "refused", "unsaved", "readOnly"] as const;
const STORES = ["kept", "writing", "none"] as const;

/** All of them: sixty-four, with each of three stores. */
const ALL: Facts[] = Array.from({ length: 2 ** NAMES.length }, (_, bits) =>
  STORES.map((store) => {
    const flags = NAMES.map((name, place) => [name, ((bits >> place) & 1) === 1]);
    return { ...Object.fromEntries(flags), store } as unknown as Facts;
  }),
).flat();

const OFFLINE: Light[] = ["offline", "keeping", "kept"];
const LIGHTS: Light[] = ["connecting", "saved", "saving", ...OFFLINE, "refused", "viewing"];

describe("the light", () => {
  it("says saved only when everything is, and then does", () => {
    for (const facts of ALL) {
      const { connected, settled, refused, unsaved, readOnly } = facts;
      const saved = connected && settled && !refused && !unsaved && !readOnly;
      expect(lightOf(facts) === "saved", JSON.stringify(facts)).toBe(saved);
    }
  });

  it("says offline whenever there is no connection to a document that is on the screen", () => {
    for (const facts of ALL) {
      expect(OFFLINE.includes(lightOf(facts)), JSON.stringify(facts)).toBe(!facts.connected && facts.loaded);
    }
  });

  it("says that edits are kept only when this device has stored them", () => {
    for (const facts of ALL) {
      const kept = !facts.connected && facts.loaded && facts.unsaved && facts.store === "kept";
      expect(lightOf(facts) === "kept", JSON.stringify(facts)).toBe(kept);
    }
  });

  it("says saving while edits are on their way", () => {
    for (const store of STORES) {
      const typing = { connected: true, loaded: true, settled: false, refused: false, unsaved: true, readOnly: false };
      expect(lightOf({ ...typing, store })).toBe("saving");
      expect(lightOf({ ...typing, store, settled: true })).toBe("saving");
    }
  });

  it("does not say view only before what was written is answered for", () => {
    for (const facts of ALL) {
      const { connected, loaded, unsaved, readOnly } = facts;
      const viewing = connected && loaded && readOnly && !unsaved;
      expect(lightOf(facts) === "viewing", JSON.stringify(facts)).toBe(viewing);
    }
  });

  it("never calls a refused change saved or saving", () => {
    for (const facts of ALL.filter(({ refused }) => refused)) {
      expect(["saved", "saving"]).not.toContain(lightOf(facts));
    }
  });
});

describe("showing the light", () => {
  it("is late only with good news", () => {
    for (const shown of LIGHTS) {
      for (const next of LIGHTS) {
        const late = delayBefore(next, shown) > 0;
        const good = `${shown} → ${next}`;
        expect(late, good).toBe(["saving → saved", "keeping → kept"].includes(good));
      }
    }
  });
});

describe("telling the light", () => {
  it("tells trouble, and its end", () => {
    expect(announcementOf("offline", "saved")).toMatch(/^Offline/);
    expect(announcementOf("refused", "saved")).toMatch(/^Not saved/);
    expect(announcementOf("saved", "offline")).toMatch(/saved/);
    expect(announcementOf("saved", "kept")).toMatch(/saved/);
    expect(announcementOf("viewing", "offline")).toMatch(/Connected again/);
  });

  it("tells when work is kept here, and when it is not any more", () => {
    expect(announcementOf("kept", "offline")).toMatch(/kept on this device/);
    expect(announcementOf("offline", "kept")).toMatch(/this window only/);
    expect(announcementOf("kept", "kept")).toBeNull();
    expect(announcementOf("keeping", "kept")).toBeNull();
  });

  it("is silent while someone simply types", () => {
    expect(announcementOf("saving", "saved")).toBeNull();
    expect(announcementOf("saved", "saved")).toBeNull();
    expect(announcementOf("connecting", "offline")).toBeNull();
  });
});
