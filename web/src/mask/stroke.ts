/** A brush drawn from place to place: how far each pixel is covered. */
import { around, FULL, intersect, union, wholeOf, type Plane, type Rect } from "./plane";

export type TipShape = "round" | "square";

export interface Tip {
  readonly shape: TipShape;
  /** 1 has a crisp edge, 0 fades from the middle on. */
  readonly hardness: number;
}

/** The brush at one moment, in pixels of the picture. */
export interface Dab {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** 0 to 1. */
  readonly strength: number;
}

/** Long segments are drawn in pieces, so that a thin diagonal does not visit a large square. */
const LONGEST_PIECE = 192;

/** Cover from `from` to `to`; a pixel keeps the most that it ever got. Returns what may have changed. */
export function cover(coverage: Plane, from: Dab, to: Dab, tip: Tip): Rect | null {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const count = Math.max(1, Math.ceil(length / Math.max(LONGEST_PIECE, 2 * Math.max(from.radius, to.radius))));
  let changed: Rect | null = null;
  for (let piece = 0; piece < count; piece++) {
    changed = union(changed, coverPiece(coverage, between(from, to, piece / count), between(from, to, (piece + 1) / count), tip));
  }
  return changed;
}

function between(from: Dab, to: Dab, part: number): Dab {
  const mix = (a: number, b: number): number => a + (b - a) * part;
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), radius: mix(from.radius, to.radius), strength: mix(from.strength, to.strength) };
}

function coverPiece(coverage: Plane, from: Dab, to: Dab, tip: Tip): Rect | null {
  const room = Math.max(from.radius, to.radius) + 1;
  const rect = intersect(around([from, to], room), wholeOf(coverage));
  if (rect === null) return null;
  const nearest = tip.shape === "round" ? alongRound(from, to) : alongSquare(from, to);
  const { data, width } = coverage;
  for (let y = rect.top; y < rect.bottom; y++) {
    for (let x = rect.left; x < rect.right; x++) {
      const at = y * width + x;
      // Most of what a wide brush passes is full already.
      if (data[at] === FULL) continue;
      const px = x + 0.5;
      const py = y + 0.5;
      const part = nearest(px, py);
      const dx = Math.abs(px - from.x - part * (to.x - from.x));
      const dy = Math.abs(py - from.y - part * (to.y - from.y));
      const distance = tip.shape === "round" ? Math.sqrt(dx * dx + dy * dy) : Math.max(dx, dy);
      const radius = from.radius + part * (to.radius - from.radius);
      if (distance >= radius + 0.5) continue;
      const amount = Math.round(FULL * falloff(distance, radius, tip.hardness) * (from.strength + part * (to.strength - from.strength)));
      if (amount > (data[at] ?? 0)) data[at] = amount;
    }
  }
  return rect;
}

/** 1 in the middle, 0 half a pixel outside the radius; at hardness 1 the edge is one pixel wide. */
export function falloff(distance: number, radius: number, hardness: number): number {
  const edge = Math.max(1, radius * (1 - hardness));
  const part = Math.min(1, Math.max(0, (radius + 0.5 - distance) / edge));
  return edge > 1 ? part * part * (3 - 2 * part) : part;
}

type Nearest = (px: number, py: number) => number;

/** Which part of the way (0 to 1) is nearest to a pixel, as the crow flies. */
function alongRound(from: Dab, to: Dab): Nearest {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const square = dx * dx + dy * dy;
  if (square === 0) return () => 0;
  return (px, py) => Math.min(1, Math.max(0, ((px - from.x) * dx + (py - from.y) * dy) / square));
}

/** The same with the greater of the two distances; the least of two folded lines lies at a fold or where they cross. */
function alongSquare(from: Dab, to: Dab): Nearest {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  return (px, py) => {
    const a = px - from.x;
    const b = py - from.y;
    let best = 0;
    let least = Infinity;
    const consider = (above: number, below: number): void => {
      if (below === 0) return;
      const part = above / below;
      const distance = Math.max(Math.abs(a - part * dx), Math.abs(b - part * dy));
      if (distance < least) [best, least] = [part, distance];
    };
    consider(a, dx);
    consider(b, dy);
    consider(a - b, dx - dy);
    consider(a + b, dx + dy);
    return Math.min(1, Math.max(0, best));
  };
}
