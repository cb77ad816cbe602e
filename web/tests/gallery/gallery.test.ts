import { describe, expect, it } from "vitest";

import { wishQuery } from "@/api/gallery";
import { chipsOf, isNamed, NO_FILTERS, takeFilters, without, wishOf } from "@/gallery/query";
import { clicked, NOTHING, settled, walked } from "@/gallery/selection";
import { actualScale, CLOSEST, held, moved, WHOLE, zoomed } from "@/gallery/zoom";

describe("what is typed into the search", () => {
  it("becomes a filter once the word is at its end", () => {
    expect(takeFilters("sea seed:5 boats", NO_FILTERS, false)).toEqual({ text: "sea boats", filters: { ...NO_FILTERS, seed: "5" } });
    expect(takeFilters("sea seed:5", NO_FILTERS, false)).toEqual({ text: "sea seed:5", filters: NO_FILTERS });
    expect(takeFilters("sea seed:5", NO_FILTERS, true).filters.seed).toBe("5");
  });

  it("may have spaces between quotation marks", () => {
    expect(takeFilters('tag:"to keep" ', NO_FILTERS, false).filters.tag).toBe("to keep");
  });

  it("takes the plain word for favourites in either spelling", () => {
    expect(takeFilters("favourite ", NO_FILTERS, false).filters.favourite).toBe(true);
    expect(takeFilters("favorites", NO_FILTERS, true).filters.favourite).toBe(true);
  });

  it("stays text where the value makes no sense", () => {
    expect(takeFilters("seed:abc kind:poem ", NO_FILTERS, true)).toEqual({ text: "seed:abc kind:poem ", filters: NO_FILTERS });
  });

  it("shows each filter as a chip that can be taken away", () => {
    const filters = { ...NO_FILTERS, model: "m", favourite: true };
    expect(chipsOf(filters)).toEqual([{ key: "model", value: "m" }, { key: "favourite", value: "" }]);
    expect(without(filters, "favourite")).toEqual({ ...NO_FILTERS, model: "m" });
  });

  it("asks the server for what is set, and for nothing else", () => {
    expect(wishQuery(wishOf(" red sea ", { ...NO_FILTERS, favourite: true, kind: "video" }, "name"), 20, 40)).toBe("limit=20&offset=40&sort=name&search=red+sea&favourite=1&kind=video");
  });

  it("finds files of other folders by all words of their path", () => {
    expect(isNamed({ filename: "Boat_1.png", subfolder: "harbour" }, "harb boat")).toBe(true);
    expect(isNamed({ filename: "Boat_1.png", subfolder: "" }, "boat sea")).toBe(false);
  });
});

describe("choosing in the grid", () => {
  const keys = ["a", "b", "c", "d"];
  const plain = { shift: false, mod: false };

  it("takes the one that is clicked, adds with Ctrl and reaches with Shift", () => {
    const one = clicked(NOTHING, keys, "b", plain);
    expect([...one.chosen]).toEqual(["b"]);
    expect([...clicked(one, keys, "d", { shift: true, mod: false }).chosen]).toEqual(["b", "c", "d"]);
    const two = clicked(one, keys, "d", { shift: false, mod: true });
    expect([...two.chosen]).toEqual(["b", "d"]);
    expect([...clicked(two, keys, "b", { shift: false, mod: true }).chosen]).toEqual(["d"]);
  });

  it("reaches back over the anchor when Shift and arrows turn round", () => {
    const start = clicked(NOTHING, keys, "c", plain);
    const further = walked(start, keys, "d", true);
    expect([...walked(further, keys, "b", true).chosen]).toEqual(["b", "c"]);
  });

  it("goes on to the picture that took the place of a deleted one", () => {
    const at = clicked(NOTHING, keys, "b", plain);
    expect(settled(at, keys, ["a", "c", "d"])).toEqual({ chosen: new Set(["c"]), anchor: "c", focused: "c" });
    expect(settled(at, keys, []).focused).toBeNull();
  });
});

describe("looking closely", () => {
  const stage = { width: 400, height: 200 };

  it("keeps what is under the pointer where it is", () => {
    const look = zoomed(WHOLE, 2, { x: 100, y: -50 }, stage);
    expect(look).toEqual({ scale: 2, x: -100, y: 50 });
  });

  it("goes no further out than all of it, and no closer than the limit", () => {
    expect(zoomed({ scale: 2, x: 30, y: 0 }, 0.1, { x: 0, y: 0 }, stage)).toEqual(WHOLE);
    expect(zoomed(WHOLE, 1000, { x: 0, y: 0 }, stage).scale).toBe(CLOSEST);
  });

  it("does not lose the picture out of sight", () => {
    expect(moved({ scale: 2, x: 0, y: 0 }, 9999, -9999, stage)).toEqual({ scale: 2, x: 200, y: -100 });
    expect(held({ scale: 1, x: 50, y: 50 }, stage)).toEqual(WHOLE);
  });

  it("shows a large picture pixel by pixel, and never makes one smaller", () => {
    expect(actualScale({ width: 1600, height: 800 }, stage)).toBe(4);
    expect(actualScale({ width: 100, height: 50 }, stage)).toBe(1);
  });
});
