/** The line that a wire draws through its points, in one of three styles. Pure. */
import type { Point } from "@/model/types";

export type LinkStyle = "spline" | "straight" | "linear";

export interface Turn extends Point {
  /** The direction in which the wire passes, as a vector of length 1; sockets face right. */
  readonly heading?: Point;
}

const RIGHT: Point = { x: 1, y: 0 };
/** How far a wire that runs back swings out. */
const SWING = 8;
const CORNER = 8;
/** What a right-angled wire goes straight on from a socket. */
const STUB = 18;

const n = (value: number): number => Math.round(value * 100) / 100;

export function wirePath(style: LinkStyle, points: readonly Turn[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const draw = STYLES[style];
  let from = first;
  const parts = [`M${n(first.x)} ${n(first.y)}`];
  for (const to of rest) {
    parts.push(draw(from, to));
    from = to;
  }
  return parts.join("");
}

const STYLES: Readonly<Record<LinkStyle, (from: Turn, to: Turn) => string>> = {
  spline: curve,
  straight: (_from, to) => `L${n(to.x)} ${n(to.y)}`,
  linear: corners,
};

function curve(from: Turn, to: Turn): string {
  const [a, b] = pulls(from, to);
  return `C${n(a.x)} ${n(a.y)} ${n(b.x)} ${n(b.y)} ${n(to.x)} ${n(to.y)}`;
}

/** The two points that a spline is pulled towards on its way. */
export function pulls(from: Turn, to: Turn): readonly [Point, Point] {
  const [a, b] = [from.heading ?? RIGHT, to.heading ?? RIGHT];
  const reach = reachOf(from, to);
  return [{ x: from.x + a.x * reach, y: from.y + a.y * reach }, { x: to.x - b.x * reach, y: to.y - b.y * reach }];
}

function reachOf(from: Turn, to: Turn): number {
  const dx = to.x - from.x;
  if (from.heading !== undefined || to.heading !== undefined) return Math.hypot(dx, to.y - from.y) * 0.4;
  return dx >= 0 ? dx / 2 : SWING * Math.sqrt(-dx);
}

function corners(from: Turn, to: Turn): string {
  return rounded(from, cornersOf(from, to));
}

/** Along, across, along; between sockets that lie behind each other around the back. */
export function cornersOf(from: Turn, to: Turn): readonly Point[] {
  const isBack = to.x - from.x < 2 * STUB && from.heading === undefined && to.heading === undefined;
  const x = (from.x + to.x) / 2;
  const y = (from.y + to.y) / 2;
  return isBack
    ? [{ x: from.x + STUB, y: from.y }, { x: from.x + STUB, y }, { x: to.x - STUB, y }, { x: to.x - STUB, y: to.y }, to]
    : [{ x, y: from.y }, { x, y: to.y }, to];
}

function rounded(start: Point, way: readonly Point[]): string {
  let from = start;
  return way
    .map((corner, i) => {
      const next = way[i + 1];
      const before = from;
      from = corner;
      if (next === undefined) return `L${n(corner.x)} ${n(corner.y)}`;
      const radius = Math.min(CORNER, length(before, corner) / 2, length(corner, next) / 2);
      const [enter, leave] = [towards(corner, before, radius), towards(corner, next, radius)];
      return `L${n(enter.x)} ${n(enter.y)}Q${n(corner.x)} ${n(corner.y)} ${n(leave.x)} ${n(leave.y)}`;
    })
    .join("");
}

const length = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y);

function towards(from: Point, to: Point, by: number): Point {
  const whole = length(from, to);
  return whole === 0 ? from : { x: from.x + ((to.x - from.x) / whole) * by, y: from.y + ((to.y - from.y) / whole) * by };
}

/** The direction through a bend: what comes in and what goes out weigh the same, however far they are. */
export function headingThrough(before: Point, at: Point, after: readonly Point[]): Point {
  const steps = [towards({ x: 0, y: 0 }, { x: at.x - before.x, y: at.y - before.y }, 1)];
  const out = after.map((point) => towards({ x: 0, y: 0 }, { x: point.x - at.x, y: point.y - at.y }, 1 / after.length));
  const sum = [...steps, ...out].reduce((total, step) => ({ x: total.x + step.x, y: total.y + step.y }), { x: 0, y: 0 });
  return Math.hypot(sum.x, sum.y) < 0.05 ? RIGHT : towards({ x: 0, y: 0 }, sum, 1);
}
