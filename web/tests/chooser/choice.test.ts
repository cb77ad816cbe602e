import { describe, expect, it } from "vitest";

import { allOrNone, digitOf, isEnough, most, stepTo, toggled } from "@/chooser/choice";

const images = ["a", "b", "c", "d"].map((filename) => ({ filename, subfolder: "", type: "temp" }));
const limits = (least: number, top: number) => ({ least, most: top, images });

describe("choosing pictures", () => {
  it("keeps the order in which they were chosen", () => {
    expect(toggled(toggled([], 2, limits(1, 0)), 0, limits(1, 0))).toEqual([2, 0]);
    expect(toggled([2, 0], 2, limits(1, 0))).toEqual([0]);
  });

  it("lets another picture take the place of the one that may be chosen", () => {
    expect(toggled([2], 0, limits(1, 1))).toEqual([0]);
  });

  it("adds nothing beyond the limit, and no picture that there is not", () => {
    expect(toggled([2, 0], 1, limits(1, 2))).toEqual([2, 0]);
    expect(toggled([], 4, limits(1, 0))).toEqual([]);
  });

  it("takes 0 as any number, and never more than there are", () => {
    expect(most(limits(1, 0))).toBe(4);
    expect(most(limits(1, 9))).toBe(4);
  });

  it("is enough between least and most", () => {
    expect(isEnough([], limits(1, 2))).toBe(false);
    expect(isEnough([1, 2], limits(1, 2))).toBe(true);
    expect(isEnough([], limits(0, 2))).toBe(true);
  });

  it("takes all that may be chosen, and none the second time", () => {
    expect(allOrNone([], limits(1, 3))).toEqual([0, 1, 2]);
    expect(allOrNone([0, 1, 2], limits(1, 3))).toEqual([]);
  });
});

describe("the keys of the grid", () => {
  it("move by rows and columns and stop at the edges", () => {
    expect(stepTo("ArrowRight", 0, 4, 3)).toBe(1);
    expect(stepTo("ArrowLeft", 0, 4, 3)).toBe(0);
    expect(stepTo("ArrowDown", 0, 4, 3)).toBe(3);
    expect(stepTo("ArrowDown", 1, 4, 3)).toBe(1);
    expect(stepTo("End", 1, 4, 3)).toBe(3);
    expect(stepTo("x", 1, 4, 3)).toBeNull();
  });

  it("name the first nine pictures", () => {
    expect(digitOf("1")).toBe(0);
    expect(digitOf("0")).toBeNull();
  });
});
