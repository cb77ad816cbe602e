/** What the tools do to the active layer: strokes, shapes, fills. */
import { t, type MessageKey } from "@/i18n";

import { applyCoverage, commitPixels, markDirty, paintable, takeBack } from "./edit";
import { colorAt, colorLike, floodLike, levelLike, selectLike, type Color } from "./flood";
import { topOf } from "./history";
import { joinRect } from "./layers";
import { boundsOf, merged, union, type Plane, type Point, type Rect } from "./plane";
import { fillPolygon } from "./polygon";
import { maskStore, say, type MaskState, type Pick } from "./state";
import { cover, type Dab, type Tip } from "./stroke";
import { layCoverage, remember, swapTiles, type Tiles } from "./tiles";

const get = maskStore.getState;

export interface Stroke {
  /** Through all of these places. */
  readonly extend: (...through: readonly Dab[]) => void;
  /** Only one line from the beginning to here. */
  readonly straighten: (to: Dab) => void;
  readonly end: () => void;
  readonly cancel: () => void;
}

function clear(scratch: Plane, rect: Rect | null): void {
  if (rect === null) return;
  for (let y = rect.top; y < rect.bottom; y++) scratch.data.fill(0, y * scratch.width + rect.left, y * scratch.width + rect.right);
}

/** One stroke is one step; where it crosses itself nothing adds up. */
export function beginStroke(from: Dab, erases: boolean): Stroke | null {
  const { scratch, shape, hardness, opacity } = get();
  const layer = paintable();
  if (layer === null || scratch === null) return null;
  const tip: Tip = { shape, hardness };
  const tiles: Tiles = new Map();
  let last = from;
  let bounds: Rect | null = null;
  const lay = (rect: Rect | null): void => {
    if (rect === null) return;
    remember(layer.plane, rect, tiles);
    layCoverage(layer.plane, tiles, scratch, rect, { opacity, erases });
    bounds = union(bounds, rect);
    markDirty(rect);
  };
  const extend = (...through: readonly Dab[]): void => {
    const rects: Rect[] = [];
    for (const to of through) {
      const rect = cover(scratch, last, to, tip);
      if (rect !== null) rects.push(rect);
      last = to;
    }
    for (const rect of merged(rects)) lay(rect);
  };
  const close = (): void => {
    clear(scratch, bounds);
    maskStore.setState({ last: { x: last.x, y: last.y } });
  };
  return {
    extend,
    straighten: (to) => {
      clear(scratch, bounds);
      lay(bounds);
      last = from;
      extend(to);
    },
    end: () => {
      close();
      const label: MessageKey = erases ? "mask.step.erase" : "mask.step.brush";
      if (commitPixels(label, layer.plane, tiles)) say(t(label));
    },
    cancel: () => {
      clear(scratch, bounds);
      const rect = swapTiles(layer.plane, tiles).reduce<Rect | null>(union, null);
      if (rect !== null) markDirty(rect);
    },
  };
}

export function drawShape(label: MessageKey, points: readonly Point[], erases: boolean): void {
  const { scratch, opacity } = get();
  if (scratch === null || paintable() === null) return;
  const rect = fillPolygon(scratch, points);
  if (rect === null) return;
  const isDone = applyCoverage(label, scratch, rect, { opacity, erases });
  clear(scratch, rect);
  say(isDone ? t(label) : t("mask.said.nothing"));
}

// Fill and colour select

/** Fills from the pixel at `point`, or selects its colour everywhere. */
export function pickAt(point: Point, tool: Pick["tool"], erases: boolean): void {
  const { picture } = get();
  const [x, y] = [Math.floor(point.x), Math.floor(point.y)];
  if (picture === null || x < 0 || y < 0 || x >= picture.width || y >= picture.height) return;
  const seed = y * picture.width + x;
  if (tool === "color") maskStore.setState({ picked: hexOf(colorAt(picture.pixels(), seed)) });
  pick(tool, tool === "color" ? null : seed, erases);
}

/** Selects the chosen colour. */
export const pickColor = (): void => pick("color", null, get().erases);

function pick(tool: Pick["tool"], seed: number | null, erases: boolean): void {
  const state = get();
  if (state.picture === null || paintable() === null) return;
  const coverage = alike(state, state.picture.pixels, tool, seed);
  const rect = boundsOf(coverage);
  const label: MessageKey = tool === "fill" ? "mask.step.fill" : "mask.step.color";
  const isDone = rect !== null && applyCoverage(label, coverage, rect, { opacity: state.opacity, erases });
  maskStore.setState(({ history }) => ({ pick: isDone ? { tool, seed, erases, step: topOf(history) } : null }));
  say(isDone ? t(label) : t("mask.said.nothing"));
}

function alike(state: MaskState, pixels: () => Uint8ClampedArray, tool: Pick["tool"], seed: number | null): Plane {
  const { width, height } = state.picture ?? { width: 0, height: 0 };
  const { layers, active, tolerance, isContiguous, fillsBy, picked } = state;
  const plane = layers.find(({ id }) => id === active)?.plane;
  if (seed === null) return selectLike(width, height, colorLike(pixels(), rgbOf(picked), tolerance));
  const isLike = fillsBy === "mask" && plane !== undefined ? levelLike(plane, seed, tolerance) : colorLike(pixels(), colorAt(pixels(), seed), tolerance);
  return tool === "fill" && isContiguous ? floodLike(width, height, seed, isLike) : selectLike(width, height, isLike);
}

/** Settings of fills, applied to the last one as long as nothing came after it. */
export function adjustPick(change: Partial<MaskState>): void {
  const { pick: last } = get();
  maskStore.setState(change);
  if (last !== null && takeBack(last.step)) pick(last.tool, last.seed, last.erases);
}

const hexOf = (color: Color): string => `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

export function rgbOf(hex: string): Color {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) || 0;
  return [part(1), part(3), part(5)];
}

/** How much of the pixel at `point` is masked, 0 to 255. */
export function maskedAt(point: Point): number {
  const { layers, picture } = get();
  const [left, top] = [Math.floor(point.x), Math.floor(point.y)];
  if (picture === null || left < 0 || top < 0 || left >= picture.width || top >= picture.height) return 0;
  return joinRect(layers, { left, top, right: left + 1, bottom: top + 1 })[0] ?? 0;
}
