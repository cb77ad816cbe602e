import { expect, it } from "vitest";

import { boundsOf, intersect, inverted, laid, newPlane, times, union } from "@/mask/plane";

import { boxed, planeWith } from "./pictures";

it("inverting twice gives the same mask", () => {
  const plane = planeWith(16, 16, (x, y) => x * 16 + y);
  expect(inverted(inverted(plane))).toEqual(plane);
  expect(inverted(plane).data[0]).toBe(255);
});

it("multiplies bytes like fractions, to the nearest", () => {
  for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) expect(times(a, b)).toBe(Math.round((a * b) / 255));
});

it("lays an amount over a byte and takes it off", () => {
  expect(laid(0, 128, false)).toBe(128);
  expect(laid(128, 255, false)).toBe(255);
  expect(laid(200, 0, false)).toBe(200);
  expect(laid(200, 255, true)).toBe(0);
  expect(laid(200, 0, true)).toBe(200);
});

it("finds the bounds of what is there", () => {
  const box = { left: 3, top: 5, right: 9, bottom: 6 };
  expect(boundsOf(boxed(12, 12, box))).toEqual(box);
  expect(boundsOf(newPlane(4, 4))).toBeNull();
});

it("joins and cuts rectangles", () => {
  const a = { left: 0, top: 0, right: 4, bottom: 4 };
  const b = { left: 2, top: 3, right: 8, bottom: 9 };
  expect(union(a, b)).toEqual({ left: 0, top: 0, right: 8, bottom: 9 });
  expect(union(null, b)).toEqual(b);
  expect(intersect(a, b)).toEqual({ left: 2, top: 3, right: 4, bottom: 4 });
  expect(intersect(a, { left: 4, top: 0, right: 5, bottom: 4 })).toBeNull();
});
