/** Small masks for tests. */
import { FULL, newPlane, type Plane, type Rect } from "@/mask/plane";

export function planeWith(width: number, height: number, value: (x: number, y: number) => number): Plane {
  const plane = newPlane(width, height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) plane.data[y * width + x] = value(x, y);
  return plane;
}

export const boxed = (width: number, height: number, box: Rect): Plane =>
  planeWith(width, height, (x, y) => (x >= box.left && x < box.right && y >= box.top && y < box.bottom ? FULL : 0));

/** In full pixels. */
export const mass = (plane: Plane): number => plane.data.reduce((sum, value) => sum + value, 0) / FULL;

export const at = (plane: Plane, x: number, y: number): number => plane.data[y * plane.width + x] ?? -1;
