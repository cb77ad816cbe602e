import { beforeEach, expect, it } from "vitest";

import { invert } from "@/mask/adjust";
import { addLayer, changeLayer, copyLayer, deleteLayer, moveLayer, redo, stepLayer, undo } from "@/mask/edit";
import { beginStroke, drawShape } from "@/mask/draw";
import { joinLayers } from "@/mask/layers";
import { rectangle } from "@/mask/polygon";
import { isChanged, maskStore } from "@/mask/state";

import { at, boxed, mass } from "./pictures";
import { activePlane, openedPicture } from "./opened";

const get = maskStore.getState;
const joined = () => joinLayers(get().layers, 40, 20);
const box = (left: number, top: number, right: number, bottom: number, erases = false): void => drawShape("mask.step.rectangle", rectangle({ x: left, y: top }, { x: right, y: bottom }), erases);

beforeEach(() => openedPicture());

it("one stroke through many places is one step", () => {
  const dab = { x: 5, y: 10, radius: 2, strength: 1 };
  const stroke = beginStroke(dab, false);
  stroke?.extend(dab);
  for (let x = 6; x < 30; x++) stroke?.extend({ ...dab, x });
  stroke?.end();
  expect(get().history.past).toHaveLength(1);
  const after = activePlane().data.slice();
  undo();
  expect(mass(activePlane())).toBe(0);
  redo();
  expect(activePlane().data).toEqual(after);
  expect(get().scratch?.data.every((value) => value === 0)).toBe(true);
});

it("a stroke that is broken off leaves nothing behind", () => {
  box(0, 0, 10, 10);
  const before = activePlane().data.slice();
  const dab = { x: 5, y: 10, radius: 4, strength: 1 };
  const stroke = beginStroke(dab, true);
  stroke?.extend(dab);
  stroke?.cancel();
  expect(activePlane().data).toEqual(before);
  expect(get().history.past).toHaveLength(1);
  expect(get().scratch?.data.every((value) => value === 0)).toBe(true);
});

it("a straight line forgets the way that the pointer took", () => {
  const dab = (x: number, y: number) => ({ x, y, radius: 1.5, strength: 1 });
  const stroke = beginStroke(dab(2, 2), false);
  stroke?.extend(dab(2, 2));
  stroke?.straighten(dab(38, 18));
  stroke?.straighten(dab(38, 2));
  stroke?.end();
  expect(at(activePlane(), 20, 10)).toBe(0);
  expect(at(activePlane(), 20, 1)).toBe(255);
});

it("a change that changes nothing is no step", () => {
  box(0, 0, 10, 10);
  box(2, 2, 8, 8);
  expect(get().history.past).toHaveLength(1);
});

it("opacity lays part of a shape, erasing takes part of it away", () => {
  maskStore.setState({ opacity: 0.5 });
  box(0, 0, 10, 10);
  expect(at(activePlane(), 5, 5)).toBe(128);
  box(0, 0, 5, 10, true);
  expect(at(activePlane(), 2, 5)).toBe(64);
  expect(at(activePlane(), 7, 5)).toBe(128);
});

it("inverting twice is the mask as it was, in two steps", () => {
  box(3, 3, 9, 9);
  const before = activePlane().data.slice();
  invert();
  invert();
  expect(activePlane().data).toEqual(before);
  expect(get().history.past).toHaveLength(3);
});

it("strokes go to the active layer, and steps remember which one that was", () => {
  box(0, 0, 10, 10);
  addLayer();
  box(20, 0, 30, 10);
  expect(mass(joined())).toBe(200);
  undo();
  expect(mass(joined())).toBe(100);
  undo();
  expect(get().layers).toHaveLength(1);
  expect(get().active).toBe("1");
  redo();
  redo();
  expect(mass(joined())).toBe(200);
  expect(get().active).toBe("2");
});

it("a deleted layer comes back with its bytes", () => {
  box(0, 0, 10, 10);
  addLayer();
  deleteLayer("1");
  expect(mass(joined())).toBe(0);
  undo();
  expect(mass(joined())).toBe(100);
});

it("the last layer stays", () => {
  deleteLayer("1");
  expect(get().layers).toHaveLength(1);
});

it("a copy is a layer of its own", () => {
  box(0, 0, 10, 10);
  copyLayer("1");
  box(0, 0, 10, 10, true);
  expect(get().layers.map(({ plane }) => mass(plane))).toEqual([100, 0]);
});

it("order counts for a layer that cuts out", () => {
  box(0, 0, 10, 10);
  addLayer();
  changeLayer("2", { mode: "cut" });
  box(0, 0, 5, 10);
  expect(mass(joined())).toBe(50);
  moveLayer("2", -1);
  expect(mass(joined())).toBe(100);
  undo();
  expect(mass(joined())).toBe(50);
});

it("an opacity drawn along its slider is one step", () => {
  for (const opacity of [0.9, 0.7, 0.5]) changeLayer("1", { opacity });
  undo();
  expect(get().layers[0]?.opacity).toBe(1);
  expect(get().history.past).toHaveLength(0);
});

it("nothing is painted on a hidden layer, and a note says why", () => {
  changeLayer("1", { isVisible: false });
  box(0, 0, 10, 10);
  expect(mass(activePlane())).toBe(0);
  expect(get().note).toContain("hidden");
});

it("walks through the layers", () => {
  addLayer();
  stepLayer(-1);
  expect(get().active).toBe("1");
  stepLayer(-1);
  expect(get().active).toBe("1");
});

it("knows whether there is something to save", () => {
  expect(isChanged(get())).toBe(false);
  box(0, 0, 10, 10);
  expect(isChanged(get())).toBe(true);
  undo();
  expect(isChanged(get())).toBe(false);
  redo();
  maskStore.setState({ saved: get().history.past.at(-1)?.id ?? 0 });
  expect(isChanged(get())).toBe(false);
  undo();
  expect(isChanged(get())).toBe(true);
  // Another step of the same number would pass for the saved one.
  box(0, 0, 3, 3);
  expect(isChanged(get())).toBe(true);
});

it("what the picture masked before is painted on", () => {
  openedPicture(40, 20, boxed(40, 20, { left: 0, top: 0, right: 4, bottom: 20 }));
  box(0, 0, 4, 10, true);
  expect(mass(joined())).toBe(40);
  expect(isChanged(get())).toBe(true);
});
