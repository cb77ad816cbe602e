/** JPEG: the EXIF segments before the picture. */
import { startsWith, viewOf, type Pair } from "./bytes";
import { exifPairs } from "./exif";

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;

export const isJpeg = (bytes: Uint8Array): boolean => startsWith(bytes, "\xff\xd8\xff");

export function* jpegPairs(bytes: Uint8Array): Generator<Pair> {
  const view = viewOf(bytes);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== START_OF_SCAN; ) {
    const size = view.getUint16(at + 2);
    const body = bytes.subarray(at + 4, at + 2 + size);
    if (bytes[at + 1] === APP1 && startsWith(body, "Exif\0\0")) yield* exifPairs(body);
    at += 2 + Math.max(size, 2);
  }
}
