/** Pixels that are like one another: the neighbours of a place, or all of the picture. */
import { FULL, newPlane, type Plane } from "./plane";

export type IsLike = (index: number) => boolean;

export type Color = readonly [red: number, green: number, blue: number];

export const colorAt = (pixels: Uint8ClampedArray, index: number): Color => [pixels[4 * index] ?? 0, pixels[4 * index + 1] ?? 0, pixels[4 * index + 2] ?? 0];

/** Colours are alike when no channel differs by more than `tolerance`; `pixels` are RGBA. */
export function colorLike(pixels: Uint8ClampedArray, [red, green, blue]: Color, tolerance: number): IsLike {
  const isNear = (at: number, value: number): boolean => Math.abs((pixels[at] ?? 0) - value) <= tolerance;
  return (index) => isNear(4 * index, red) && isNear(4 * index + 1, green) && isNear(4 * index + 2, blue);
}

/** The same for the bytes of a mask. */
export function levelLike(plane: Plane, seed: number, tolerance: number): IsLike {
  const level = plane.data[seed] ?? 0;
  return (index) => Math.abs((plane.data[index] ?? 0) - level) <= tolerance;
}

export function selectLike(width: number, height: number, isLike: IsLike): Plane {
  const made = newPlane(width, height);
  for (let index = 0; index < made.data.length; index++) if (isLike(index)) made.data[index] = FULL;
  return made;
}

/** The like pixels that hang together with the seed by their sides, found row by row. */
export function floodLike(width: number, height: number, seed: number, isLike: IsLike): Plane {
  const made = newPlane(width, height);
  const { data } = made;
  const isOpen = (index: number): boolean => data[index] === 0 && isLike(index);
  const waiting = isOpen(seed) ? [seed] : [];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (!isOpen(at)) continue;
    const row = at - (at % width);
    let left = at;
    while (left > row && isOpen(left - 1)) left--;
    let right = at;
    while (right < row + width - 1 && isOpen(right + 1)) right++;
    data.fill(FULL, left, right + 1);
    if (row >= width) pushRuns(waiting, isOpen, left - width, right - width);
    if (row + width < data.length) pushRuns(waiting, isOpen, left + width, right + width);
  }
  return made;
}

/** One seed for each run of open pixels is enough. */
function pushRuns(waiting: number[], isOpen: IsLike, from: number, to: number): void {
  let wasOpen = false;
  for (let index = from; index <= to; index++) {
    const open = isOpen(index);
    if (open && !wasOpen) waiting.push(index);
    wasOpen = open;
  }
}
