// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";

import { listenToPointers } from "@/mask/gestures";
import { maskStore } from "@/mask/state";

import { at, boxed, mass } from "./pictures";
import { activePlane, openedPicture } from "./opened";

const get = maskStore.getState;
const stage = document.createElement("div");
stage.setPointerCapture = () => undefined;
let stop = (): void => undefined;

function send(type: string, x: number, y: number, more: PointerEventInit & { readonly time?: number } = {}): void {
  const event = new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, pointerType: "mouse", button: 0, ...more });
  Object.defineProperties(event, { timeStamp: { value: more.time ?? 0 }, getCoalescedEvents: { value: () => [] } });
  stage.dispatchEvent(event);
}

function drag(from: readonly [number, number], to: readonly [number, number], more: PointerEventInit & { readonly time?: number } = {}): void {
  send("pointerdown", ...from, more);
  send("pointermove", ...to, more);
  send("pointerup", ...to, more);
}

beforeEach(() => {
  stop();
  openedPicture(200, 100);
  maskStore.setState({ size: 10 });
  stop = listenToPointers(stage);
});

it("draws a line from press to release, and erases with the right button", () => {
  drag([20, 50], [180, 50]);
  expect(at(activePlane(), 100, 50)).toBe(255);
  drag([100, 30], [100, 70], { button: 2 });
  expect(at(activePlane(), 100, 50)).toBe(0);
  expect(at(activePlane(), 50, 50)).toBe(255);
  expect(get().history.past).toHaveLength(2);
});

it("Shift joins with the end of the last stroke", () => {
  drag([20, 20], [20, 20]);
  drag([180, 20], [180, 20], { shiftKey: true });
  expect(at(activePlane(), 100, 20)).toBe(255);
});

it("a second finger makes it a pinch: what the first one drew goes", () => {
  const touch = { pointerType: "touch", time: 5000 };
  send("pointerdown", 50, 50, touch);
  send("pointermove", 60, 50, touch);
  expect(mass(activePlane())).toBeGreaterThan(0);
  send("pointerdown", 90, 50, { ...touch, pointerId: 2 });
  expect(mass(activePlane())).toBe(0);
  send("pointermove", 130, 50, { ...touch, pointerId: 2 });
  expect(get().view.zoom).toBeCloseTo(70 / 30, 5);
  send("pointerup", 130, 50, { ...touch, pointerId: 2 });
  send("pointermove", 80, 80, touch);
  send("pointerup", 80, 80, touch);
  expect(mass(activePlane())).toBe(0);
  expect(get().history.past).toHaveLength(0);
});

it("two fingers that move along pan", () => {
  const touch = { pointerType: "touch", time: 5000 };
  send("pointerdown", 50, 50, touch);
  send("pointerdown", 90, 50, { ...touch, pointerId: 2 });
  send("pointermove", 60, 40, touch);
  send("pointermove", 100, 40, { ...touch, pointerId: 2 });
  expect(get().view.zoom).toBeCloseTo(1, 5);
  expect([get().view.x, get().view.y].map(Math.round)).toEqual([10, -10]);
});

it("a hand resting beside the pen paints nothing", () => {
  drag([20, 20], [40, 20], { pointerType: "pen", pressure: 1, time: 1000 });
  const before = mass(activePlane());
  drag([100, 80], [150, 80], { pointerType: "touch", time: 1200 });
  expect(mass(activePlane())).toBe(before);
  drag([100, 80], [150, 80], { pointerType: "touch", time: 5000 });
  expect(mass(activePlane())).toBeGreaterThan(before);
});

it("a pen's pressure changes the size or the opacity, as one chooses", () => {
  const light = { pointerType: "pen", pressure: 0.5 };
  drag([20, 20], [100, 20], light);
  expect([at(activePlane(), 60, 20), at(activePlane(), 60, 24)]).toEqual([255, 0]);
  maskStore.setState({ pressure: "opacity" });
  drag([20, 60], [100, 60], light);
  expect([at(activePlane(), 60, 60), at(activePlane(), 60, 63)]).toEqual([128, 128]);
});

it("a pen's other end erases", () => {
  drag([20, 50], [180, 50]);
  drag([100, 50], [100, 50], { pointerType: "pen", pressure: 1, button: 0, buttons: 32 });
  expect(at(activePlane(), 100, 50)).toBe(0);
});

it("boxes go from corner to corner, with Shift as squares", () => {
  maskStore.setState({ tool: "rectangle" });
  drag([10, 10], [30, 20]);
  expect(activePlane()).toEqual(boxed(200, 100, { left: 10, top: 10, right: 30, bottom: 20 }));
  drag([100, 10], [130, 20], { shiftKey: true });
  expect(mass(activePlane())).toBe(200 + 900);
});

it("a lasso is drawn along, or from corner to corner", () => {
  maskStore.setState({ tool: "lasso" });
  send("pointerdown", 10, 10);
  for (const [x, y] of [[40, 10], [40, 40], [10, 40]] as const) send("pointermove", x, y);
  send("pointerup", 10, 40);
  expect(mass(activePlane())).toBeCloseTo(900, 0);
  for (const [x, y] of [[100, 10], [140, 10], [140, 50], [101, 11]] as const) drag([x, y], [x, y]);
  expect(get().outline).toBeNull();
  expect(mass(activePlane())).toBeCloseTo(900 + 800, 0);
});

it("the middle button and a held Space move the picture", () => {
  drag([50, 50], [60, 55], { button: 1 });
  maskStore.setState({ isPanning: true });
  drag([50, 50], [60, 55]);
  expect(get().view).toEqual({ zoom: 1, x: 20, y: 10 });
  expect(get().hasPanned).toBe(true);
  expect(mass(activePlane())).toBe(0);
});

it("the wheel zooms about the pointer", () => {
  const wheel = new WheelEvent("wheel", { deltaY: -500 });
  Object.defineProperties(wheel, { clientX: { value: 80 }, clientY: { value: 40 } });
  stage.dispatchEvent(wheel);
  const { view } = get();
  expect(view.zoom).toBeGreaterThan(2);
  expect((80 - view.x) / view.zoom).toBeCloseTo(80, 5);
});

it("a stroke that the system takes away leaves nothing", () => {
  send("pointerdown", 20, 20);
  send("pointermove", 80, 20);
  send("pointercancel", 80, 20);
  expect(mass(activePlane())).toBe(0);
  expect(get().isDrawing).toBe(false);
});
