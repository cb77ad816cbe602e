import { expect, it } from "vitest";

import { grow, shrink, squaresTo } from "@/mask/distance";
import { inverted, newPlane, wholeOf } from "@/mask/plane";

import { at, boxed, mass, planeWith } from "./pictures";

it.each([1, 3, 10, 30])("a point grown by %d is a disc", (by) => {
  const plane = grow(boxed(101, 101, { left: 50, top: 50, right: 51, bottom: 51 }), by);
  // The pixel is half a pixel wide in itself.
  const area = Math.PI * (by + 0.5) ** 2;
  expect(Math.abs(mass(plane) - area)).toBeLessThan(Math.max(1.6, area * 0.015));
  expect(at(plane, 50 + by, 50)).toBe(255);
  expect(at(plane, 51 + by, 50)).toBe(0);
});

it("straight edges stay crisp", () => {
  const grown = grow(boxed(60, 60, { left: 20, top: 0, right: 40, bottom: 60 }), 5);
  expect(grown).toEqual(boxed(60, 60, { left: 15, top: 0, right: 45, bottom: 60 }));
});

it("shrinking takes as much as growing gave", () => {
  const bar = boxed(60, 60, { left: 20, top: 0, right: 40, bottom: 60 });
  expect(shrink(grow(bar, 7), 7)).toEqual(bar);
});

it("shrinking is growing the rest", () => {
  const disc = planeWith(80, 80, (x, y) => (Math.hypot(x - 40, y - 40) < 20 ? 255 : 0));
  expect(shrink(disc, 6)).toEqual(inverted(grow(inverted(disc), 6)));
});

it("the border of the picture takes nothing away", () => {
  const all = boxed(20, 20, wholeOf({ width: 20, height: 20 }));
  expect(shrink(all, 5)).toEqual(all);
});

it("what is thinner than the shrinking goes, what is empty stays so", () => {
  expect(mass(shrink(boxed(40, 40, { left: 10, top: 10, right: 16, bottom: 30 }), 3))).toBe(0);
  expect(mass(grow(newPlane(10, 10), 4))).toBe(0);
});

it("distances are those of every pixel to every other", () => {
  const plane = planeWith(23, 17, (x, y) => ((x * 7 + y * 13) % 31 === 0 ? 255 : 0));
  const found = squaresTo(plane, wholeOf(plane), true);
  for (let y = 0; y < 17; y++) {
    for (let x = 0; x < 23; x++) {
      let least = Infinity;
      for (let v = 0; v < 17; v++) for (let u = 0; u < 23; u++) if (at(plane, u, v) === 255) least = Math.min(least, (u - x) ** 2 + (v - y) ** 2);
      expect(found[y * 23 + x]).toBe(least);
    }
  }
});
