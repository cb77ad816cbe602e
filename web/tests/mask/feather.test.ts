import { expect, it } from "vitest";

import { feather, radii } from "@/mask/feather";
import { wholeOf } from "@/mask/plane";

import { at, boxed, mass } from "./pictures";

const box = { left: 40, top: 40, right: 80, bottom: 70 };

it.each([1, 2, 5, 12, 30])("feathering by %d keeps the mass", (by) => {
  const plane = boxed(120, 120, box);
  expect(Math.abs(mass(feather(plane, by)) - mass(plane))).toBeLessThan(mass(plane) * 0.01);
});

it("fades exactly so far to both sides of the edge", () => {
  const plane = feather(boxed(120, 120, { left: 60, top: 0, right: 120, bottom: 120 }), 9);
  expect(at(plane, 50, 60)).toBe(0);
  expect(at(plane, 51, 60)).toBeGreaterThan(0);
  expect(at(plane, 68, 60)).toBeLessThan(255);
  expect(at(plane, 69, 60)).toBe(255);
  expect(at(plane, 59, 60) + at(plane, 60, 60)).toBe(255);
});

it("at the border of the picture the mask goes on", () => {
  const all = boxed(30, 30, wholeOf({ width: 30, height: 30 }));
  expect(feather(all, 8)).toEqual(all);
});

it("feathering by nothing changes nothing", () => {
  const plane = boxed(120, 120, box);
  expect(feather(plane, 0)).toEqual(plane);
});

it("splits the radius into three", () => {
  expect([1, 2, 3, 10].map((by) => radii(by).reduce((sum, radius) => sum + radius, 0))).toEqual([1, 2, 3, 10]);
});
