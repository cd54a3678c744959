import { describe, expect, it } from "vitest";
import { addressOfView, queryOfTyping, type View, viewOfSearch } from "./view.ts";

describe("a view", () => {
  it("comes back from its address", () => {
    const views: View[] = [
      { q: "", deleted: false, scope: "all", sort: "modified" },
      { q: "a&b=c #d 50% +", deleted: false, scope: "shared", sort: "name" },
      { q: "", deleted: false, scope: "mine", sort: "modified" },
      { q: "Übersicht", deleted: true, scope: "all", sort: "modified" },
    ];
    for (const view of views) {
      const { search, pathname } = new URL(addressOfView(view), "http://collab.example");
      expect(pathname).toBe("/");
      expect(viewOfSearch(search)).toEqual(view);
    }
    expect(addressOfView({ q: "", deleted: false, scope: "all", sort: "modified" })).toBe("/");
  });

  it("is made of any address", () => {
    expect(viewOfSearch("?q=%20a%0Ab%20&view=elsewhere&sort=size&utm=1")).toEqual({
      q: "a b",
      deleted: false,
      scope: "all",
      sort: "modified",
    });
    expect(queryOfTyping("x".repeat(300))).toHaveLength(255);
  });
});
