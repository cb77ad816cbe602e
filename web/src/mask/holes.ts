/** Filling what the mask encloses. */
import { floodLike } from "./flood";
import { copyPlane, FULL, HALF, newPlane, type Plane } from "./plane";

export function fillHoles(plane: Plane): Plane {
  const outside = reachedFromBorder(plane);
  const made = copyPlane(plane);
  const waiting: number[] = [];
  for (let index = 0; index < made.data.length; index++) {
    if ((plane.data[index] ?? 0) >= HALF || outside.data[index] !== 0) continue;
    made.data[index] = FULL;
    waiting.push(index);
  }
  closeRims(made, plane, waiting);
  return made;
}

/** All free pixels that hang together with the border of the picture. */
function reachedFromBorder(plane: Plane): Plane {
  const { width, height } = plane;
  // A free frame around the picture joins everything at the border into one region.
  const framed = newPlane(width + 2, height + 2);
  for (let y = 0; y < height; y++) framed.data.set(plane.data.subarray(y * width, (y + 1) * width), (y + 1) * (width + 2) + 1);
  const reached = floodLike(width + 2, height + 2, 0, (index) => (framed.data[index] ?? 0) < HALF);
  const made = newPlane(width, height);
  for (let y = 0; y < height; y++) {
    const row = (y + 1) * (width + 2) + 1;
    made.data.set(reached.data.subarray(row, row + width), y * width);
  }
  return made;
}

/** The soft inner edge of a hole goes as well: uphill from the hole until the mask stops rising. */
function closeRims(made: Plane, plane: Plane, waiting: number[]): void {
  const { width } = plane;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const column = at % width;
    const beside = [...(column > 0 ? [at - 1] : []), ...(column < width - 1 ? [at + 1] : []), at - width, at + width];
    for (const next of beside) {
      const value = plane.data[next];
      if (value === undefined || value < HALF || made.data[next] === FULL || value < (plane.data[at] ?? 0)) continue;
      made.data[next] = FULL;
      waiting.push(next);
    }
  }
}
