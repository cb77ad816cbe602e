import { describe, expect, it } from "vitest";

import { aligned, caught, distributed } from "@/model/align";

const item = (id: string, x: number, y: number, width: number, height: number) => ({ id, box: { x, y, width, height } });
const items = [item("a", 0, 0, 100, 50), item("b", 30, 200, 60, 40), item("c", 300, 90, 80, 20)];

describe("aligning", () => {
  it("lines up edges", () => {
    expect(aligned(items, "left")["c"]).toEqual({ x: 0, y: 90 });
    expect(aligned(items, "right")["a"]).toEqual({ x: 280, y: 0 });
    expect(aligned(items, "top")["b"]).toEqual({ x: 30, y: 0 });
    expect(aligned(items, "bottom")["a"]).toEqual({ x: 0, y: 190 });
  });
  it("lines up middles", () => {
    expect(aligned(items, "centerX")).toEqual({ a: { x: 140, y: 0 }, b: { x: 160, y: 200 }, c: { x: 150, y: 90 } });
    expect(aligned(items, "centerY")["c"]).toEqual({ x: 300, y: 110 });
  });
  it("has nothing to do for nothing", () => {
    expect(aligned([], "left")).toEqual({});
  });
});

describe("distributing", () => {
  it("makes the gaps equal and leaves the outermost alone", () => {
    expect(distributed(items, "x")).toEqual({ a: { x: 0, y: 0 }, b: { x: 170, y: 200 }, c: { x: 300, y: 90 } });
  });
  it("needs three", () => {
    expect(distributed(items.slice(0, 2), "y")).toEqual({});
  });
});

describe("guides", () => {
  const others = [{ x: 100, y: 0, width: 100, height: 50 }];
  it("catch a box that is close to a neighbour's line", () => {
    const { shift, guides } = caught({ x: 104, y: 200, width: 60, height: 40 }, others, 6);
    expect(shift).toEqual({ x: -4, y: 0 });
    expect(guides).toEqual([{ axis: "x", at: 100, from: 0, to: 240 }]);
  });
  it("catch on middles too, and on both axes at once", () => {
    expect(caught({ x: 122, y: 3, width: 60, height: 40 }, others, 6).shift).toEqual({ x: -2, y: -3 + 5 });
  });
  it("leave a box alone that is farther off", () => {
    expect(caught({ x: 110, y: 200, width: 63, height: 40 }, others, 3)).toEqual({ shift: { x: 0, y: 0 }, guides: [] });
  });
});
