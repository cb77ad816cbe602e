/** OGG with Opus or Vorbis: the comments, put together from the pages of their stream. */
import { startsWith, viewOf, type Pair } from "./bytes";
import { vorbisComments } from "./vorbis";

const MARKS = ["OpusTags", "\x03vorbis"];
/** The comments are the second packet of a sound. */
const MOST_PACKETS = 16;

export const isOgg = (bytes: Uint8Array): boolean => startsWith(bytes, "OggS");

export function* oggPairs(bytes: Uint8Array): Generator<Pair> {
  let left = MOST_PACKETS;
  for (const packet of packets(bytes)) {
    const mark = MARKS.find((known) => startsWith(packet, known));
    if (mark !== undefined) {
      yield* vorbisComments(packet.subarray(mark.length));
      return;
    }
    left -= 1;
    if (left === 0) return;
  }
}

function* packets(bytes: Uint8Array): Generator<Uint8Array> {
  const view = viewOf(bytes);
  const parts = new Map<number, Uint8Array[]>();
  for (let at = 0; isOgg(bytes.subarray(at)); ) {
    const stream = view.getUint32(at + 14, true);
    const count = view.getUint8(at + 26);
    const sizes = bytes.subarray(at + 27, at + 27 + count);
    at += 27 + count;
    for (const size of sizes) {
      const own = [...(parts.get(stream) ?? []), bytes.subarray(at, at + size)];
      at += size;
      parts.set(stream, size < 255 ? [] : own);
      if (size < 255) yield joined(own);
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
