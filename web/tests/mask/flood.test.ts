import { expect, it } from "vitest";

import { colorAt, colorLike, floodLike, levelLike, selectLike } from "@/mask/flood";

import { at, boxed, mass, planeWith } from "./pictures";

/** Two red squares with a blue bar between them, and a slightly darker row in the left one. */
function pixels(): Uint8ClampedArray {
  const made = new Uint8ClampedArray(30 * 10 * 4);
  for (let y = 0; y < 10; y++) {
    for (let x = 0; x < 30; x++) {
      const color = x >= 10 && x < 20 ? [0, 0, 200] : [y === 5 && x < 10 ? 190 : 200, 0, 0];
      made.set([...color, 255], 4 * (y * 30 + x));
    }
  }
  return made;
}

const like = (seed: number, tolerance: number) => colorLike(pixels(), colorAt(pixels(), seed), tolerance);

it("stops at other colours", () => {
  expect(mass(floodLike(30, 10, 0, like(0, 0)))).toBe(50);
  expect(mass(floodLike(30, 10, 0, like(0, 9)))).toBe(50);
});

it("a greater tolerance goes on through what is nearly the same", () => {
  const plane = floodLike(30, 10, 0, like(0, 10));
  expect(mass(plane)).toBe(100);
  expect(at(plane, 10, 0)).toBe(0);
  expect(mass(floodLike(30, 10, 0, like(0, 255)))).toBe(300);
});

it("selects a colour wherever it is", () => {
  expect(mass(selectLike(30, 10, like(0, 10)))).toBe(200);
  expect(mass(selectLike(30, 10, like(15, 10)))).toBe(100);
});

it("fills an area of the mask itself and does not leak through corners", () => {
  const ring = planeWith(20, 20, (x, y) => (Math.abs(x - 10) + Math.abs(y - 10) === 6 ? 255 : 0));
  const inside = floodLike(20, 20, 10 * 20 + 10, levelLike(ring, 10 * 20 + 10, 0));
  // A diamond |x| + |y| < 6 has 2·5·6 + 1 pixels.
  expect(mass(inside)).toBe(61);
});

it("finds every pixel of a winding corridor", () => {
  const maze = planeWith(41, 41, (x, y) => (y % 2 === 1 && (y % 4 === 1 ? x < 40 : x > 0) ? 255 : 0));
  const open = maze.data.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);
  expect(mass(floodLike(41, 41, 0, levelLike(maze, 0, 0)))).toBe(open);
});

it("fills the whole of a large plain", () => {
  const plain = boxed(500, 400, { left: 0, top: 0, right: 0, bottom: 0 });
  expect(mass(floodLike(500, 400, 77777, levelLike(plain, 77777, 0)))).toBe(200000);
});
