import { expect, it } from "vitest";

import { newPlane } from "@/mask/plane";
import { cover, falloff, type Dab, type Tip } from "@/mask/stroke";

import { at, mass } from "./pictures";

const dab = (x: number, y: number, radius: number, strength = 1): Dab => ({ x, y, radius, strength });
const round: Tip = { shape: "round", hardness: 1 };
const square: Tip = { shape: "square", hardness: 1 };

function drawn(from: Dab, to: Dab, tip: Tip) {
  const plane = newPlane(200, 120);
  cover(plane, from, to, tip);
  return plane;
}

it("a brush of one pixel paints exactly the pixel it stands on", () => {
  const plane = drawn(dab(10.5, 20.5, 0.5), dab(10.5, 20.5, 0.5), round);
  expect(at(plane, 10, 20)).toBe(255);
  expect(mass(plane)).toBe(1);
});

it("a round dab covers the area of its circle", () => {
  const plane = drawn(dab(60, 60, 25), dab(60, 60, 25), round);
  expect(mass(plane)).toBeCloseTo(Math.PI * 25 ** 2, -1);
});

it("a drawn line covers a rectangle and two half circles", () => {
  const plane = drawn(dab(40, 60, 10), dab(140, 60, 10), round);
  const area = 100 * 20 + Math.PI * 100;
  expect(Math.abs(mass(plane) - area)).toBeLessThan(area * 0.01);
});

it("a slanted line is as thick as a straight one", () => {
  const plane = drawn(dab(40, 30, 8), dab(100, 90, 8), round);
  const area = Math.hypot(60, 60) * 16 + Math.PI * 64;
  expect(Math.abs(mass(plane) - area)).toBeLessThan(area * 0.01);
});

it("a square tip leaves crisp squares and, along a slant, their sweep", () => {
  expect(mass(drawn(dab(60, 60, 10), dab(60, 60, 10), square))).toBe(400);
  const swept = mass(drawn(dab(40, 30, 10), dab(100, 70, 10), square));
  // A square of side s swept by (dx, dy): s² + s·(|dx| + |dy|).
  expect(Math.abs(swept - (400 + 20 * 100))).toBeLessThan(40);
});

it("a line in pieces is the same as one line", () => {
  const whole = drawn(dab(20, 20, 6), dab(180, 100, 6), round);
  const parts = newPlane(200, 120);
  cover(parts, dab(20, 20, 6), dab(100, 60, 6), round);
  cover(parts, dab(100, 60, 6), dab(180, 100, 6), round);
  expect(parts.data).toEqual(whole.data);
});

it("going over a place twice in one stroke adds nothing", () => {
  const plane = drawn(dab(50, 50, 12, 0.5), dab(90, 50, 12, 0.5), round);
  const before = plane.data.slice();
  cover(plane, dab(90, 50, 12, 0.5), dab(50, 50, 12, 0.5), round);
  expect(plane.data).toEqual(before);
  expect(at(plane, 70, 50)).toBe(128);
});

it("a soft brush fades from the middle to its radius", () => {
  expect(falloff(0, 20, 0)).toBe(1);
  expect(falloff(21, 20, 0)).toBe(0);
  expect(falloff(9, 20, 0.5)).toBe(1);
  const values = [0, 4, 8, 12, 16, 20].map((distance) => falloff(distance, 20, 0));
  expect([...values].sort((a, b) => b - a)).toEqual(values);
});

it("pressure makes the line thinner on the way", () => {
  const plane = drawn(dab(40, 60, 20), dab(140, 60, 2), round);
  const column = (x: number): number => Array.from({ length: 120 }, (_, y) => at(plane, x, y)).reduce((sum, value) => sum + value, 0) / 255;
  expect(column(45)).toBeGreaterThan(30);
  expect(column(135)).toBeLessThan(8);
});

it("tells what it may have changed and stays inside the picture", () => {
  const plane = newPlane(50, 50);
  expect(cover(plane, dab(-100, -100, 5), dab(-90, -100, 5), round)).toBeNull();
  expect(cover(plane, dab(0, 0, 5), dab(0, 0, 5), round)).toEqual({ left: 0, top: 0, right: 6, bottom: 6 });
  expect(mass(plane)).toBeCloseTo((Math.PI * 25) / 4, 0);
});
