import { beforeEach, expect, it } from "vitest";

import { turnHardness, turnSize } from "@/mask/adjust";
import { moveCrosshair, pressCrosshair, showCrosshair } from "@/mask/crosshair";
import { adjustPick, maskedAt, pickAt, pickColor } from "@/mask/draw";
import { addCorner, closeOutline, dropCorner, dropOutline, isNearFirst } from "@/mask/outline";
import { maskStore } from "@/mask/state";

import { at, boxed, mass } from "./pictures";
import { activePlane, openedPicture } from "./opened";

const get = maskStore.getState;

beforeEach(() => openedPicture());

it("fills the colour under the pointer", () => {
  pickAt({ x: 3.4, y: 5 }, "fill", false);
  expect(activePlane()).toEqual(boxed(40, 20, { left: 0, top: 0, right: 20, bottom: 20 }));
  pickAt({ x: -3, y: 5 }, "fill", false);
  expect(get().history.past).toHaveLength(1);
});

it("a new tolerance does the last fill again, in the same step", () => {
  pickAt({ x: 3, y: 5 }, "fill", false);
  adjustPick({ tolerance: 255 });
  expect(mass(activePlane())).toBe(800);
  adjustPick({ tolerance: 0 });
  expect(mass(activePlane())).toBe(400);
  expect(get().history.past).toHaveLength(1);
});

it("after another step a new tolerance leaves the mask alone", () => {
  pickAt({ x: 3, y: 5 }, "fill", false);
  pickAt({ x: 30, y: 5 }, "fill", true);
  pickAt({ x: 3, y: 5 }, "fill", true);
  maskStore.setState({ pick: { tool: "fill", seed: 3, erases: false, step: 1 } });
  const before = activePlane().data.slice();
  adjustPick({ tolerance: 255 });
  expect(activePlane().data).toEqual(before);
});

it("fills by the mask instead of the picture", () => {
  maskStore.setState({ fillsBy: "mask" });
  pickAt({ x: 3, y: 5 }, "fill", false);
  expect(mass(activePlane())).toBe(800);
});

it("selects a colour that is picked or named", () => {
  pickAt({ x: 30, y: 5 }, "color", false);
  expect(get().picked).toBe("#0000c8");
  expect(mass(activePlane())).toBe(400);
  maskStore.setState({ picked: "#c80000", tolerance: 0 });
  pickColor();
  expect(mass(activePlane())).toBe(800);
});

it("the crosshair moves by pixels and stays inside", () => {
  showCrosshair();
  expect(get().cursor).toEqual({ x: 20.5, y: 10.5 });
  moveCrosshair(1, 0, "pixel");
  expect(get().cursor).toEqual({ x: 21.5, y: 10.5 });
  expect(get().said).toBe("21, 10, 0 % masked");
  moveCrosshair(0, -1, "leap");
  expect(get().cursor).toEqual({ x: 21.5, y: 0.5 });
});

it("a press at the crosshair is a dab, and a joined one a line", () => {
  maskStore.setState({ size: 1 });
  showCrosshair();
  pressCrosshair(false);
  expect(mass(activePlane())).toBe(1);
  for (let count = 0; count < 5; count++) moveCrosshair(1, 0, "pixel");
  pressCrosshair(true);
  expect(activePlane()).toEqual(boxed(40, 20, { left: 20, top: 10, right: 26, bottom: 11 }));
  expect(maskedAt({ x: 25.5, y: 10.5 })).toBe(255);
});

it.each([[1, 1], [-1, -1], [1, -1], [-1, 1]])("a rectangle by keys holds both of its corners (%d, %d)", (dx, dy) => {
  maskStore.setState({ tool: "rectangle" });
  showCrosshair();
  pressCrosshair(false);
  for (let count = 0; count < 3; count++) moveCrosshair(dx, dy, "pixel");
  pressCrosshair(false);
  expect(mass(activePlane())).toBe(16);
  expect(at(activePlane(), 20, 10)).toBe(255);
  expect(at(activePlane(), 20 + 3 * dx, 10 + 3 * dy)).toBe(255);
});

it("a polygon by keys closes where it is pressed twice", () => {
  maskStore.setState({ tool: "lasso" });
  for (const [x, y] of [[5.5, 5.5], [15.5, 5.5], [15.5, 15.5]] as const) {
    maskStore.setState({ cursor: { x, y } });
    pressCrosshair(false);
  }
  pressCrosshair(false);
  expect(mass(activePlane())).toBeCloseTo(50, 0);
  expect(get().outline).toBeNull();
});

it("corners can be taken back, and the outline dropped", () => {
  addCorner({ x: 1, y: 1 });
  addCorner({ x: 9, y: 1 });
  dropCorner();
  expect(get().outline?.points).toHaveLength(1);
  expect(dropOutline()).toBe(true);
  expect(dropOutline()).toBe(false);
});

it("the first corner closes a polygon of three", () => {
  const corners = [{ x: 1, y: 1 }, { x: 30, y: 1 }, { x: 30, y: 18 }];
  addCorner(corners[0] ?? { x: 0, y: 0 });
  expect(isNearFirst({ x: 2, y: 2 })).toBe(false);
  corners.slice(1).forEach(addCorner);
  expect(isNearFirst({ x: 2, y: 2 })).toBe(true);
  expect(isNearFirst({ x: 30, y: 2 })).toBe(false);
  closeOutline(false);
  expect(mass(activePlane())).toBeCloseTo((29 * 17) / 2, 0);
});

it("size keys turn the tolerance of fills", () => {
  turnSize(1);
  expect(get().size).toBe(54);
  maskStore.setState({ tool: "fill" });
  turnSize(-1);
  expect([get().size, get().tolerance]).toEqual([54, 20]);
  turnHardness(1);
  expect(get().hardness).toBe(1);
});
