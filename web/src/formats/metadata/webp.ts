/** WEBP: the EXIF chunk of a RIFF file. */
import { startsWith, viewOf, type Pair } from "./bytes";
import { exifPairs } from "./exif";

export const isWebp = (bytes: Uint8Array): boolean => startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8);

/** Chunks of odd length are padded. */
export function* webpPairs(bytes: Uint8Array): Generator<Pair> {
  const view = viewOf(bytes);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (startsWith(bytes, "EXIF", at)) yield* exifPairs(bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
}
