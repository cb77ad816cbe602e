/** Growing and shrinking by exact distances (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions"). */
import { boundsOf, FULL, grown, HALF, heightOf, intersect, newPlane, wholeOf, widthOf, type Plane, type Rect } from "./plane";

/** Farther than any picture is wide, and still a whole number of 16 bits. */
const FAR = 65_535;

/** The mask with `by` pixels more on all sides; soft edges become crisp. */
export function grow(plane: Plane, by: number): Plane {
  const made = newPlane(plane.width, plane.height);
  const bounds = boundsOf(plane, HALF);
  const rect = bounds && intersect(grown(bounds, Math.ceil(by) + 1), wholeOf(plane));
  if (rect === null) return made;
  // A pixel is half a pixel wide in itself: one `by` away is all in, one a pixel farther is all out.
  write(made, plane, rect, true, by, (distance) => by + 1 - distance);
  return made;
}

/** The mask with `by` pixels less on all sides; the border of the picture takes nothing away. */
export function shrink(plane: Plane, by: number): Plane {
  const made = newPlane(plane.width, plane.height);
  const bounds = boundsOf(plane, HALF);
  const rect = bounds && intersect(grown(bounds, 1), wholeOf(plane));
  if (rect === null) return made;
  write(made, plane, rect, false, by, (distance) => distance - by);
  return made;
}

/** Distances count up to a pixel beyond `by`; whatever is farther has the same share. */
function write(made: Plane, plane: Plane, rect: Rect, inside: boolean, by: number, share: (distance: number) => number): void {
  const limit = Math.ceil(by) + 1;
  const bytes = new Uint8Array(limit * limit + 1);
  for (let square = 0; square < bytes.length; square++) bytes[square] = Math.round(FULL * Math.min(1, Math.max(0, share(Math.sqrt(square)))));
  const last = bytes.length - 1;
  eachRow(plane, rect, inside, limit, (y, squares) => {
    const to = y * made.width + rect.left;
    for (let x = 0; x < squares.length; x++) made.data[to + x] = bytes[Math.min(last, squares[x] ?? last)] ?? 0;
  });
}

/** For each pixel of `rect` the squared distance to the nearest pixel inside the mask, or outside it. */
export function squaresTo(plane: Plane, rect: Rect, inside: boolean): Float64Array {
  const width = widthOf(rect);
  const all = new Float64Array(width * heightOf(rect));
  eachRow(plane, rect, inside, FAR, (y, squares) => all.set(squares, (y - rect.top) * width));
  return all;
}

/**
 * The squared distances, one row after another from the lowest up; the row is only lent. Distances beyond `limit`
 * may be infinite: without them most rows of a mask are no work at all.
 */
function eachRow(plane: Plane, rect: Rect, inside: boolean, limit: number, take: (y: number, squares: Float64Array) => void): void {
  const width = widthOf(rect);
  const above = distancesAbove(plane, rect, inside, limit);
  const reach = new Uint16Array(width).fill(limit);
  const room: Room = { reach, limit, squares: new Float64Array(width), places: new Int32Array(width), heights: new Float64Array(width), ends: new Float64Array(width + 1) };
  for (let y = rect.bottom - 1; y >= rect.top; y--) {
    const row = (y - rect.top) * width;
    for (let x = 0; x < width; x++) reach[x] = Math.min(above[row + x] ?? limit, (reach[x] ?? limit) + 1);
    lowerEnvelope(room);
    take(y, room.squares);
  }
}

/** Within each column the distance to the nearest such pixel here or above, at most `limit`. */
function distancesAbove(plane: Plane, rect: Rect, inside: boolean, limit: number): Uint16Array {
  const width = widthOf(rect);
  const grid = new Uint16Array(width * heightOf(rect));
  for (let y = rect.top, at = 0; y < rect.bottom; y++) {
    const from = y * plane.width + rect.left;
    for (let x = 0; x < width; x++, at++) {
      const isIn = (plane.data[from + x] ?? 0) >= HALF;
      grid[at] = isIn === inside ? 0 : y === rect.top ? limit : Math.min(limit, (grid[at - width] ?? limit) + 1);
    }
  }
  return grid;
}

interface Room {
  /** Distances within the columns. */
  readonly reach: Uint16Array;
  readonly limit: number;
  readonly squares: Float64Array;
  readonly places: Int32Array;
  readonly heights: Float64Array;
  readonly ends: Float64Array;
}

/** One row: the least of the parabolas that stand over its entries. */
function lowerEnvelope(room: Room): void {
  const { reach, squares, places, heights, ends } = room;
  const count = standing(room);
  if (count === 0) {
    squares.fill(Infinity);
    return;
  }
  ends[count] = Infinity;
  for (let x = 0, part = 0; x < squares.length; x++) {
    while ((ends[part + 1] ?? Infinity) < x) part++;
    squares[x] = reach[x] === 0 ? 0 : (x - (places[part] ?? 0)) ** 2 + (heights[part] ?? 0);
  }
}

/** Finds the parabolas that are the least somewhere, and where each ends to be; returns how many there are. */
function standing({ reach, limit, places, heights, ends }: Room): number {
  const width = reach.length;
  let count = 0;
  for (let q = 0; q < width; q++) {
    const high = reach[q] ?? limit;
    if (high >= limit) continue;
    // Within a run of zeros only its ends are nearest to anything else.
    if (high === 0 && q > 0 && q < width - 1 && reach[q - 1] === 0 && reach[q + 1] === 0) continue;
    const square = high * high;
    let at = -Infinity;
    while (count > 0) {
      const p = places[count - 1] ?? 0;
      at = (square - (heights[count - 1] ?? 0) + q * q - p * p) / (2 * (q - p));
      if (at > (ends[count - 1] ?? 0)) break;
      count--;
      at = -Infinity;
    }
    places[count] = q;
    heights[count] = square;
    ends[count] = at;
    count++;
  }
  return count;
}
