/** Soft edges: three running means, which come close to a Gaussian (Kovesi 2010, "Fast almost-Gaussian filtering"). */
import { boundsOf, grown, heightOf, intersect, newPlane, wholeOf, widthOf, type Plane, type Rect } from "./plane";

/** Columns taken at a time: one cache line of each row. */
const COLUMNS = 16;

/** The mask faded over `by` pixels to both sides of its edge; at the border of the picture it goes on as it is. */
export function feather(plane: Plane, by: number): Plane {
  const made = newPlane(plane.width, plane.height);
  const bounds = boundsOf(plane);
  const rect = bounds && intersect(grown(bounds, Math.ceil(by)), wholeOf(plane));
  if (rect === null) return made;
  // Means along rows and means along columns do not mind which come first.
  fadeColumns(made, rect, fadeRows(plane, rect, radii(by)), radii(by));
  return made;
}

/** Three whole numbers whose sum is `by`. */
export function radii(by: number): number[] {
  const whole = Math.round(by);
  return [0, 1, 2].map((index) => Math.floor((whole + index) / 3)).filter((radius) => radius > 0);
}

function fadeRows(plane: Plane, rect: Rect, by: readonly number[]): Float32Array {
  const width = widthOf(rect);
  const grid = new Float32Array(width * heightOf(rect));
  const spare = roomFor(width, by);
  for (let y = rect.top, at = 0; y < rect.bottom; y++, at += width) {
    const line = grid.subarray(at, at + width);
    line.set(plane.data.subarray(y * plane.width + rect.left, y * plane.width + rect.right));
    fade(line, spare, by);
  }
  return grid;
}

/** A few columns at a time are laid on their side: walking down a single one would miss the cache at every step. */
function fadeColumns(made: Plane, rect: Rect, grid: Float32Array, by: readonly number[]): void {
  const [width, height] = [widthOf(rect), heightOf(rect)];
  const lines = Array.from({ length: COLUMNS }, () => new Float32Array(height));
  const spare = roomFor(height, by);
  for (let left = 0; left < width; left += COLUMNS) {
    const some = lines.slice(0, width - left);
    for (const [i, line] of some.entries()) for (let y = 0, at = left + i; y < height; y++, at += width) line[y] = grid[at] ?? 0;
    for (const line of some) fade(line, spare, by);
    for (const [i, line] of some.entries()) {
      for (let y = 0, at = rect.top * made.width + rect.left + left + i; y < height; y++, at += made.width) made.data[at] = Math.round(line[y] ?? 0);
    }
  }
}

const roomFor = (length: number, by: readonly number[]): Float32Array => new Float32Array(length + 2 * Math.max(0, ...by));

/** In place; `spare` has room for the line and for the widest radius on both sides. */
function fade(line: Float32Array, spare: Float32Array, by: readonly number[]): void {
  if (!isEven(line)) for (const radius of by) mean(line, spare, radius);
}

function mean(line: Float32Array, spare: Float32Array, radius: number): void {
  const { length } = line;
  spare.fill(line[0] ?? 0, 0, radius);
  spare.set(line, radius);
  spare.fill(line[length - 1] ?? 0, radius + length, length + 2 * radius);
  const share = 1 / (2 * radius + 1);
  let sum = 0;
  for (let x = 0; x < 2 * radius; x++) sum += spare[x] ?? 0;
  for (let x = 0; x < length; x++) {
    sum += spare[x + 2 * radius] ?? 0;
    line[x] = sum * share;
    sum -= spare[x] ?? 0;
  }
}

function isEven(line: Float32Array): boolean {
  const first = line[0];
  for (let x = 1; x < line.length; x++) if (line[x] !== first) return false;
  return true;
}
