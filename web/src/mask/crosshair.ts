/** Painting without a pointer: arrow keys move a crosshair, Enter and Space press at it. */
import { t } from "@/i18n";

import { beginStroke, maskedAt, pickAt } from "./draw";
import { addCorner, boxOf, closeOutline, drawBox, isShape } from "./outline";
import type { Point } from "./plane";
import { bringIntoSight } from "./sight";
import { maskStore, say, type Outline } from "./state";
import { toPicture } from "./view";

const get = maskStore.getState;

export type Pace = "pixel" | "step" | "leap";

/** How far one key press goes, in pixels of the picture. */
function reach(pace: Pace): number {
  if (pace === "pixel") return 1;
  const { view } = get();
  return Math.max(1, Math.round((pace === "leap" ? 80 : 12) / view.zoom));
}

/** The middle of a pixel in the middle of what is in sight, when there is no crosshair yet. */
function place(): Point {
  const { cursor, stage, view, picture } = get();
  const point = cursor ?? toPicture(view, { x: stage.width / 2, y: stage.height / 2 });
  const within = (value: number, most: number): number => Math.min(most - 1, Math.max(0, Math.floor(value))) + 0.5;
  return { x: within(point.x, picture?.width ?? 1), y: within(point.y, picture?.height ?? 1) };
}

export function showCrosshair(): void {
  maskStore.setState({ cursor: place(), isByKeys: true });
}

export function moveCrosshair(dx: number, dy: number, pace: Pace): void {
  const { picture } = get();
  if (picture === null) return;
  const from = place();
  const within = (value: number, most: number): number => Math.min(most - 0.5, Math.max(0.5, value));
  const to = { x: within(from.x + dx * reach(pace), picture.width), y: within(from.y + dy * reach(pace), picture.height) };
  maskStore.setState({ cursor: to, isByKeys: true, outline: outlineTo(to) });
  bringIntoSight(to);
  sayPlace();
}

function sayPlace(): void {
  const at = place();
  say(t("mask.said.place", { x: Math.floor(at.x), y: Math.floor(at.y), percent: Math.round(maskedAt(at) / 2.55) }));
}

/** From the pixel of the first corner to the one under the crosshair, with both of them. */
function span(corner: Point, at: Point): { from: Point; to: Point } {
  const [x, y] = [at.x < corner.x, at.y < corner.y];
  return {
    from: { x: corner.x + (x ? 1 : 0), y: corner.y + (y ? 1 : 0) },
    to: { x: x ? Math.floor(at.x) : Math.ceil(at.x), y: y ? Math.floor(at.y) : Math.ceil(at.y) },
  };
}

function outlineTo(at: Point): Outline | null {
  const { corner, tool, outline } = get();
  if (corner === null) return outline;
  const { from, to } = span(corner, at);
  return { points: boxOf(tool, from, to, false), isClosed: true };
}

/** What the pointer's press would do; with `joins` the brush draws a line from where it was last. */
export function pressCrosshair(joins: boolean): void {
  const { tool, erases } = get();
  showCrosshair();
  const at = place();
  if (tool === "brush") return dab(at, joins);
  if (isShape(tool)) return pressCorner(at);
  if (tool === "lasso") return pressLasso(at);
  pickAt(at, tool, erases);
}

function dab(at: Point, joins: boolean): void {
  const { size, last, erases } = get();
  const to = { ...at, radius: size / 2, strength: 1 };
  const stroke = beginStroke(joins && last !== null ? { ...to, ...last } : to, erases);
  stroke?.extend(to);
  stroke?.end();
  maskStore.setState({ last: at });
}

function pressCorner(at: Point): void {
  const { corner, erases } = get();
  if (corner === null) {
    maskStore.setState({ corner: { x: Math.floor(at.x), y: Math.floor(at.y) } });
    return say(t("mask.said.corner", { x: Math.floor(at.x), y: Math.floor(at.y) }));
  }
  const { from, to } = span(corner, at);
  maskStore.setState({ outline: null, corner: null });
  drawBox(from, to, false, erases);
}

/** The same place twice closes the outline. */
function pressLasso(at: Point): void {
  const { outline, erases } = get();
  const last = outline?.points.at(-1);
  if (last !== undefined && last.x === at.x && last.y === at.y) return closeOutline(erases);
  addCorner(at);
  say(t("mask.said.corner", { x: Math.floor(at.x), y: Math.floor(at.y) }));
}
