/** Closed shapes as polygons, filled with smooth edges; where a line crosses itself the inside stays filled. */
import { around, FULL, intersect, wholeOf, type Plane, type Point, type Rect } from "./plane";

/** Lines looked at in each row of pixels; across the row coverage is exact. */
const LINES = 4;

export function rectangle(a: Point, b: Point): Point[] {
  const [left, right] = [Math.round(Math.min(a.x, b.x)), Math.round(Math.max(a.x, b.x))];
  const [top, bottom] = [Math.round(Math.min(a.y, b.y)), Math.round(Math.max(a.y, b.y))];
  return [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }];
}

export function ellipse(a: Point, b: Point): Point[] {
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const [rx, ry] = [Math.abs(b.x - a.x) / 2, Math.abs(b.y - a.y) / 2];
  const count = Math.min(720, Math.max(32, Math.ceil(8 * Math.sqrt(Math.max(rx, ry)) * 2)));
  return Array.from({ length: count }, (_, index) => {
    const turn = (index / count) * 2 * Math.PI;
    return { x: middle.x + rx * Math.cos(turn), y: middle.y + ry * Math.sin(turn) };
  });
}

/** The corner that makes a square or circle from `a` towards `b`. */
export function squared(a: Point, b: Point): Point {
  const side = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y));
  return { x: a.x + side * (b.x < a.x ? -1 : 1), y: a.y + side * (b.y < a.y ? -1 : 1) };
}

/** Write how far each pixel lies inside. Returns what may have changed. */
export function fillPolygon(coverage: Plane, points: readonly Point[]): Rect | null {
  if (points.length < 3) return null;
  const rect = intersect(around(points, 1), wholeOf(coverage));
  if (rect === null) return null;
  const sums = new Float32Array(rect.right - rect.left + 2);
  for (let y = rect.top; y < rect.bottom; y++) {
    sums.fill(0);
    for (let line = 0; line < LINES; line++) addSpans(sums, points, y + (line + 0.5) / LINES, rect);
    writeRow(coverage, sums, y, rect);
  }
  return rect;
}

interface Crossing {
  readonly x: number;
  readonly turn: number;
}

function crossings(points: readonly Point[], y: number): Crossing[] {
  const found: Crossing[] = [];
  let before = points[points.length - 1];
  for (const point of points) {
    if (before !== undefined && before.y <= y !== point.y <= y) {
      found.push({ x: before.x + ((y - before.y) / (point.y - before.y)) * (point.x - before.x), turn: before.y < point.y ? 1 : -1 });
    }
    before = point;
  }
  return found.sort((a, b) => a.x - b.x);
}

function addSpans(sums: Float32Array, points: readonly Point[], y: number, rect: Rect): void {
  let winding = 0;
  let start = 0;
  for (const { x, turn } of crossings(points, y)) {
    if (winding === 0) start = x;
    winding += turn;
    if (winding === 0) addSpan(sums, Math.max(start, rect.left) - rect.left, Math.min(x, rect.right) - rect.left);
  }
}

/** `sums` holds differences from pixel to pixel, so that a long span costs no more than a short one. */
function addSpan(sums: Float32Array, from: number, to: number): void {
  if (to <= from) return;
  addEdge(sums, from, 1);
  addEdge(sums, to, -1);
}

function addEdge(sums: Float32Array, at: number, sign: number): void {
  const pixel = Math.floor(at);
  const part = at - pixel;
  sums[pixel] = (sums[pixel] ?? 0) + sign * (1 - part);
  sums[pixel + 1] = (sums[pixel + 1] ?? 0) + sign * part;
}

function writeRow(coverage: Plane, sums: Float32Array, y: number, rect: Rect): void {
  let sum = 0;
  for (let x = rect.left; x < rect.right; x++) {
    sum += sums[x - rect.left] ?? 0;
    const amount = Math.min(FULL, Math.round((sum / LINES) * FULL));
    const at = y * coverage.width + x;
    if (amount > (coverage.data[at] ?? 0)) coverage.data[at] = amount;
  }
}
