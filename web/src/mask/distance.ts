/** Growing and shrinking by exact distances (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions"). */
import { boundsOf, FULL, grown, HALF, heightOf, intersect, newPlane, wholeOf, widthOf, type Plane, type Rect } from "./plane";

/** Farther than any picture is wide; its square still fits a float32 with room. */
const FAR = 1e6;

/** The mask with `by` pixels more on all sides; soft edges become crisp. */
export function grow(plane: Plane, by: number): Plane {
  const made = newPlane(plane.width, plane.height);
  const bounds = boundsOf(plane, HALF);
  const rect = bounds && intersect(grown(bounds, Math.ceil(by) + 1), wholeOf(plane));
  if (rect === null) return made;
  // A pixel is half a pixel wide in itself: one `by` away is all in, one a pixel farther is all out.
  write(made, rect, squaresTo(plane, rect, true), (distance) => by + 1 - distance);
  return made;
}

/** The mask with `by` pixels less on all sides; the border of the picture takes nothing away. */
export function shrink(plane: Plane, by: number): Plane {
  const made = newPlane(plane.width, plane.height);
  const bounds = boundsOf(plane, HALF);
  const rect = bounds && intersect(grown(bounds, 1), wholeOf(plane));
  if (rect === null) return made;
  write(made, rect, squaresTo(plane, rect, false), (distance) => distance - by);
  return made;
}

function write(made: Plane, rect: Rect, squares: Float32Array, share: (distance: number) => number): void {
  const width = widthOf(rect);
  for (let y = rect.top; y < rect.bottom; y++) {
    const from = (y - rect.top) * width;
    const to = y * made.width + rect.left;
    for (let x = 0; x < width; x++) {
      const part = Math.min(1, Math.max(0, share(Math.sqrt(squares[from + x] ?? 0))));
      made.data[to + x] = Math.round(FULL * part);
    }
  }
}

/** For each pixel of `rect` the squared distance to the nearest pixel inside the mask, or outside it. */
export function squaresTo(plane: Plane, rect: Rect, inside: boolean): Float32Array {
  const squares = columnSquares(plane, rect, inside);
  const width = widthOf(rect);
  const room = { row: new Float32Array(width), places: new Int32Array(width), ends: new Float32Array(width + 1) };
  for (let y = 0; y < heightOf(rect); y++) lowerEnvelope(squares.subarray(y * width, (y + 1) * width), room);
  return squares;
}

/** Distances within each column, squared. */
function columnSquares(plane: Plane, rect: Rect, inside: boolean): Float32Array {
  const [width, height] = [widthOf(rect), heightOf(rect)];
  const grid = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const isIn = (plane.data[(y + rect.top) * plane.width + x + rect.left] ?? 0) >= HALF;
      grid[at] = isIn === inside ? 0 : y === 0 ? FAR : (grid[at - width] ?? FAR) + 1;
    }
  }
  for (let at = grid.length - width - 1; at >= 0; at--) grid[at] = Math.min(grid[at] ?? FAR, (grid[at + width] ?? FAR) + 1);
  for (let at = 0; at < grid.length; at++) grid[at] = Math.min(FAR, grid[at] ?? FAR) ** 2;
  return grid;
}

interface Room {
  readonly row: Float32Array;
  readonly places: Int32Array;
  readonly ends: Float32Array;
}

/** One row in place: the least of the parabolas that stand over its entries. */
function lowerEnvelope(line: Float32Array, { row, places, ends }: Room): void {
  row.set(line);
  const value = (index: number): number => row[index] ?? 0;
  let top = 0;
  places[0] = 0;
  ends[0] = -Infinity;
  ends[1] = Infinity;
  for (let q = 1; q < line.length; q++) {
    const meets = (p: number): number => (value(q) - value(p) + q * q - p * p) / (2 * (q - p));
    let at = meets(places[top] ?? 0);
    while (top > 0 && at <= (ends[top] ?? 0)) at = meets(places[--top] ?? 0);
    top++;
    places[top] = q;
    ends[top] = at;
    ends[top + 1] = Infinity;
  }
  for (let x = 0, part = 0; x < line.length; x++) {
    while ((ends[part + 1] ?? Infinity) < x) part++;
    const place = places[part] ?? 0;
    line[x] = (x - place) ** 2 + value(place);
  }
}
