import { expect, it } from "vitest";

import { joinLayers, joinRect, reordered, type Layer } from "@/mask/layers";

import { at, boxed } from "./pictures";

function layer(id: string, left: number, right: number, more: Partial<Layer> = {}): Layer {
  return { id, name: id, plane: boxed(12, 4, { left, top: 0, right, bottom: 4 }), isVisible: true, opacity: 1, mode: "add", ...more };
}
const valueAt = (layers: readonly Layer[], x: number): number => at(joinLayers(layers, 12, 4), x, 1);

it("layers add up and never beyond full", () => {
  const both = [layer("a", 0, 6), layer("b", 4, 12)];
  expect([0, 5, 11].map((x) => valueAt(both, x))).toEqual([255, 255, 255]);
});

it("half and half are three quarters", () => {
  const both = [layer("a", 0, 6, { opacity: 0.5 }), layer("b", 4, 12, { opacity: 0.5 })];
  expect(valueAt(both, 0)).toBe(128);
  expect(Math.abs(valueAt(both, 5) - 191)).toBeLessThanOrEqual(1);
});

it("hidden layers are left out", () => {
  expect(valueAt([layer("a", 0, 6, { isVisible: false }), layer("b", 4, 12)], 0)).toBe(0);
});

it("a layer that cuts takes away from those below it only", () => {
  const cut = layer("cut", 0, 12, { mode: "cut" });
  expect(valueAt([layer("a", 0, 6), cut], 2)).toBe(0);
  expect(valueAt([cut, layer("a", 0, 6)], 2)).toBe(255);
  expect(valueAt([layer("a", 0, 6), { ...cut, opacity: 0.5 }], 2)).toBe(127);
});

it("joins a part like the whole", () => {
  const both = [layer("a", 0, 6, { opacity: 0.3 }), layer("b", 4, 12, { opacity: 0.9 })];
  const whole = joinLayers(both, 12, 4);
  const part = joinRect(both, { left: 3, top: 1, right: 9, bottom: 3 });
  expect([...part]).toEqual([1, 2].flatMap((y) => [3, 4, 5, 6, 7, 8].map((x) => at(whole, x, y))));
});

it("moves a layer up and down, not beyond the ends", () => {
  const three = [layer("a", 0, 1), layer("b", 0, 1), layer("c", 0, 1)];
  const ids = (layers: readonly Layer[]): string => layers.map(({ id }) => id).join("");
  expect(ids(reordered(three, "a", 1))).toBe("bac");
  expect(ids(reordered(three, "c", -1))).toBe("acb");
  expect(reordered(three, "c", 1)).toBe(three);
});
