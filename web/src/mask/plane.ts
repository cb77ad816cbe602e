/** A plane of bytes, one for each pixel (0 = free, 255 = masked), and rectangles within it. */

export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** In whole pixels; `right` and `bottom` are just outside. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const FULL = 255;
/** From here on a soft pixel counts as inside. */
export const HALF = 128;

export const newPlane = (width: number, height: number): Plane => ({ width, height, data: new Uint8Array(width * height) });

export const copyPlane = (plane: Plane): Plane => ({ ...plane, data: plane.data.slice() });

export const wholeOf = ({ width, height }: { readonly width: number; readonly height: number }): Rect => ({ left: 0, top: 0, right: width, bottom: height });

export const areaOf = (rect: Rect): number => widthOf(rect) * heightOf(rect);
export const widthOf = (rect: Rect): number => rect.right - rect.left;
export const heightOf = (rect: Rect): number => rect.bottom - rect.top;

export function union(a: Rect | null, b: Rect | null): Rect | null {
  if (a === null || b === null) return a ?? b;
  return { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

/** One rectangle around all, when that is less work than each by itself. */
export function merged(rects: readonly Rect[]): readonly Rect[] {
  const all = rects.reduce<Rect | null>(union, null);
  const single = rects.reduce((sum, rect) => sum + areaOf(rect), 0);
  return all !== null && areaOf(all) <= single ? [all] : rects;
}

export function intersect(a: Rect, b: Rect): Rect | null {
  const rect = { left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
  return rect.left < rect.right && rect.top < rect.bottom ? rect : null;
}

export const grown = (rect: Rect, by: number): Rect => ({ left: rect.left - by, top: rect.top - by, right: rect.right + by, bottom: rect.bottom + by });

/** The whole pixels that hold all of these points with room around them. */
export function around(points: readonly Point[], room: number): Rect {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  return { left: Math.floor(Math.min(...xs) - room), top: Math.floor(Math.min(...ys) - room), right: Math.ceil(Math.max(...xs) + room), bottom: Math.ceil(Math.max(...ys) + room) };
}

/** The smallest rectangle that holds all bytes of at least `from`, or null where there are none. */
export function boundsOf(plane: Plane, from = 1): Rect | null {
  const { width, height, data } = plane;
  let left = width;
  let right = 0;
  let top = -1;
  let bottom = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && (data[row + first] ?? 0) < from) first++;
    if (first === width) continue;
    let last = width - 1;
    while ((data[row + last] ?? 0) < from) last--;
    if (top < 0) top = y;
    bottom = y + 1;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
  }
  return top < 0 ? null : { left, top, right, bottom };
}

/** a·b for bytes that stand for 0 to 1, rounded to the nearest. */
export const times = (a: number, b: number): number => ((a * b + 128) * 257) >> 16;

/** What a byte becomes where `amount` is laid over it, or taken off it. */
export const laid = (under: number, amount: number, takesOff: boolean): number => (takesOff ? times(under, FULL - amount) : FULL - times(FULL - under, FULL - amount));

export function inverted(plane: Plane): Plane {
  const data = new Uint8Array(plane.data.length);
  for (let index = 0; index < data.length; index++) data[index] = FULL - (plane.data[index] ?? 0);
  return { ...plane, data };
}
