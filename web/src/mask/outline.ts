/** Shapes while they are drawn, by pointer or by keys: boxes from corner to corner, and the lasso. */
import { t } from "@/i18n";

import { drawShape } from "./draw";
import type { Point } from "./plane";
import { ellipse, rectangle, squared } from "./polygon";
import { maskStore, say, type Tool } from "./state";
import { toStage } from "./view";

const get = maskStore.getState;

/** CSS pixels around the first corner that close the outline. */
const NEAR = 12;

type Shape = "rectangle" | "ellipse";
export const isShape = (tool: Tool): tool is Shape => tool === "rectangle" || tool === "ellipse";

export function boxOf(tool: Tool, from: Point, to: Point, isSquare: boolean): Point[] {
  const corner = isSquare ? squared(from, to) : to;
  return tool === "ellipse" ? ellipse(from, corner) : rectangle(from, corner);
}

export function drawBox(from: Point, to: Point, isSquare: boolean, erases: boolean): void {
  const { tool } = get();
  drawShape(tool === "ellipse" ? "mask.step.ellipse" : "mask.step.rectangle", boxOf(tool, from, to, isSquare), erases);
}

export function addCorner(point: Point): void {
  maskStore.setState(({ outline }) => ({ outline: { points: [...(outline?.points ?? []), point], isClosed: false } }));
}

/** Without the last corner; the first one takes the outline with it. */
export function dropCorner(): void {
  maskStore.setState(({ outline }) => ({ outline: outline === null || outline.points.length < 2 ? null : { ...outline, points: outline.points.slice(0, -1) } }));
}

export function isNearFirst(at: Point): boolean {
  const { outline, view } = get();
  const [first] = outline?.points ?? [];
  if (first === undefined || (outline?.points.length ?? 0) < 3) return false;
  const there = toStage(view, first);
  return Math.hypot(there.x - at.x, there.y - at.y) <= NEAR;
}

export function closeOutline(erases: boolean): void {
  const { outline } = get();
  maskStore.setState({ outline: null });
  if (outline !== null) drawShape("mask.step.lasso", outline.points, erases);
}

/** Gives up what is being drawn. Returns whether there was anything. */
export function dropOutline(): boolean {
  const { outline, corner } = get();
  if (outline === null && corner === null) return false;
  maskStore.setState({ outline: null, corner: null });
  say(t("mask.said.dropped"));
  return true;
}
