/** Between masks and the alpha of pictures: what is masked is transparent. */
import { FULL, type Plane } from "./plane";

/** RGBA pixels, black, whose alpha is the inverse of the mask. */
export function maskToAlpha(mask: Plane): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * mask.data.length);
  for (let index = 0; index < mask.data.length; index++) pixels[4 * index + 3] = FULL - (mask.data[index] ?? 0);
  return pixels;
}

export function alphaToMask(pixels: Uint8ClampedArray, width: number, height: number): Plane {
  const data = new Uint8Array(width * height);
  for (let index = 0; index < data.length; index++) data[index] = FULL - (pixels[4 * index + 3] ?? FULL);
  return { width, height, data };
}
