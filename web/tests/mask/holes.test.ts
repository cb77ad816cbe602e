import { expect, it } from "vitest";

import { feather } from "@/mask/feather";
import { fillHoles } from "@/mask/holes";

import { at, boxed, mass, planeWith } from "./pictures";

const ring = (inner: number, outer: number) => planeWith(60, 60, (x, y) => (Math.hypot(x - 30, y - 30) <= outer && Math.hypot(x - 30, y - 30) > inner ? 255 : 0));

it("a ring becomes a disc", () => {
  expect(fillHoles(ring(12, 20))).toEqual(ring(-1, 20));
});

it("a ring that is open at one place stays open", () => {
  const open = planeWith(60, 60, (x, y) => (y === 30 && x < 30 ? 0 : at(ring(12, 20), x, y)));
  expect(fillHoles(open)).toEqual(open);
});

it("what touches the border of the picture is no hole", () => {
  const frame = planeWith(20, 20, (x) => (x === 10 ? 255 : 0));
  expect(fillHoles(frame)).toEqual(frame);
});

it("the soft inner edge goes with the hole, the outer one stays", () => {
  const soft = feather(ring(10, 24), 3);
  const filled = fillHoles(soft);
  for (let x = 10; x <= 50; x++) expect(at(filled, x, 30)).toBe(x < 30 ? Math.max(at(soft, x, 30), x > 12 ? 255 : 0) : at(filled, 60 - x, 30));
  expect(at(filled, 6, 30)).toBe(at(soft, 6, 30));
});

it("holes inside islands inside holes all go", () => {
  const nested = planeWith(60, 60, (x, y) => (Math.floor(Math.max(Math.abs(x - 30), Math.abs(y - 30)) / 5) % 2 === 0 && Math.max(Math.abs(x - 30), Math.abs(y - 30)) < 25 ? 255 : 0));
  expect(mass(fillHoles(nested))).toBe(49 * 49);
  expect(mass(fillHoles(boxed(9, 9, { left: 0, top: 0, right: 9, bottom: 9 })))).toBe(81);
});
