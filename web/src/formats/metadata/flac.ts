/** FLAC: the block of comments. */
import { startsWith, whole, type Pair } from "./bytes";
import { vorbisComments } from "./vorbis";

const COMMENTS = 4;

export const isFlac = (bytes: Uint8Array): boolean => startsWith(bytes, "fLaC");

export function* flacPairs(bytes: Uint8Array): Generator<Pair> {
  for (let at = 4; at + 4 <= bytes.length; ) {
    const head = bytes[at] ?? 0;
    const size = whole(bytes, at + 1, 3);
    if ((head & 127) === COMMENTS) yield* vorbisComments(bytes.subarray(at + 4, at + 4 + size));
    if ((head & 128) !== 0) return;
    at += 4 + size;
  }
}
