/** Soft edges: three running means, which come close to a Gaussian. */
import { boundsOf, grown, heightOf, intersect, newPlane, wholeOf, widthOf, type Plane, type Rect } from "./plane";

/** The mask faded over `by` pixels to both sides of its edge; at the border of the picture it goes on as it is. */
export function feather(plane: Plane, by: number): Plane {
  const made = newPlane(plane.width, plane.height);
  const bounds = boundsOf(plane);
  const rect = bounds && intersect(grown(bounds, Math.ceil(by)), wholeOf(plane));
  if (rect === null) return made;
  const grid = read(plane, rect);
  const spare = new Float32Array(grid.length);
  const [width, height] = [widthOf(rect), heightOf(rect)];
  for (const radius of radii(by)) {
    meanOfRows(grid, spare, width, height, radius);
    meanOfColumns(spare, grid, width, height, radius);
  }
  write(made, rect, grid);
  return made;
}

/** Three whole numbers whose sum is `by`. */
export function radii(by: number): number[] {
  const whole = Math.round(by);
  return [0, 1, 2].map((index) => Math.floor((whole + index) / 3)).filter((radius) => radius > 0);
}

function read(plane: Plane, rect: Rect): Float32Array {
  const width = widthOf(rect);
  const grid = new Float32Array(width * heightOf(rect));
  for (let y = rect.top; y < rect.bottom; y++) {
    const row = y * plane.width;
    grid.set(plane.data.subarray(row + rect.left, row + rect.right), (y - rect.top) * width);
  }
  return grid;
}

function write(made: Plane, rect: Rect, grid: Float32Array): void {
  const width = widthOf(rect);
  for (let y = rect.top; y < rect.bottom; y++) {
    for (let x = 0; x < width; x++) made.data[y * made.width + rect.left + x] = Math.round(grid[(y - rect.top) * width + x] ?? 0);
  }
}

function meanOfRows(from: Float32Array, to: Float32Array, width: number, height: number, radius: number): void {
  const share = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const value = (x: number): number => from[row + Math.min(width - 1, Math.max(0, x))] ?? 0;
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += value(x);
    for (let x = 0; x < width; x++) {
      to[row + x] = sum * share;
      sum += value(x + radius + 1) - value(x - radius);
    }
  }
}

/** All columns at once, row after row: walking down one column at a time would miss the cache at every step. */
function meanOfColumns(from: Float32Array, to: Float32Array, width: number, height: number, radius: number): void {
  const share = 1 / (2 * radius + 1);
  const sums = new Float64Array(width);
  const rowAt = (y: number): number => Math.min(height - 1, Math.max(0, y)) * width;
  for (let y = -radius; y <= radius; y++) for (let x = 0, row = rowAt(y); x < width; x++) sums[x] = (sums[x] ?? 0) + (from[row + x] ?? 0);
  for (let y = 0; y < height; y++) {
    const [here, next, gone] = [y * width, rowAt(y + radius + 1), rowAt(y - radius)];
    for (let x = 0; x < width; x++) {
      const sum = sums[x] ?? 0;
      to[here + x] = sum * share;
      sums[x] = sum + (from[next + x] ?? 0) - (from[gone + x] ?? 0);
    }
  }
}
