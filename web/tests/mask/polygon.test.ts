import { expect, it } from "vitest";

import { newPlane } from "@/mask/plane";
import { ellipse, fillPolygon, rectangle, squared } from "@/mask/polygon";

import { at, boxed, mass } from "./pictures";

function filled(points: readonly { x: number; y: number }[]) {
  const plane = newPlane(100, 80);
  fillPolygon(plane, points);
  return plane;
}

it("a rectangle has whole pixels, whichever corner comes first", () => {
  const plane = filled(rectangle({ x: 30.2, y: 40.9 }, { x: 9.8, y: 10.1 }));
  expect(plane).toEqual(boxed(100, 80, { left: 10, top: 10, right: 30, bottom: 41 }));
});

it("an ellipse has its area", () => {
  const plane = filled(ellipse({ x: 10, y: 10 }, { x: 90, y: 50 }));
  expect(Math.abs(mass(plane) - Math.PI * 40 * 20)).toBeLessThan(6);
});

it("a triangle has half of its rectangle", () => {
  expect(mass(filled([{ x: 10, y: 10 }, { x: 70, y: 10 }, { x: 10, y: 60 }]))).toBeCloseTo(1500, 0);
});

it("a lasso that goes round twice has no hole", () => {
  const turn = rectangle({ x: 10, y: 10 }, { x: 50, y: 50 });
  const inner = rectangle({ x: 20, y: 20 }, { x: 40, y: 40 });
  const [a] = turn;
  const [b] = inner;
  if (a === undefined || b === undefined) throw new Error("corners");
  expect(at(filled([...turn, a, ...inner, b]), 30, 30)).toBe(255);
});

it("what hangs over the border is cut off", () => {
  expect(mass(filled(rectangle({ x: -50, y: -50 }, { x: 20, y: 10 })))).toBe(200);
  expect(mass(filled(rectangle({ x: -50, y: -50 }, { x: 500, y: 500 })))).toBe(8000);
});

it("two points are no shape", () => {
  expect(fillPolygon(newPlane(10, 10), [{ x: 1, y: 1 }, { x: 5, y: 5 }])).toBeNull();
});

it("a squared corner keeps its direction", () => {
  expect(squared({ x: 10, y: 10 }, { x: 4, y: 30 })).toEqual({ x: -10, y: 30 });
});
