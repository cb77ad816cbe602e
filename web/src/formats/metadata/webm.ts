/** WEBM and Matroska: the simple tags. */
import { startsWith, utf8, whole, type Pair } from "./bytes";

/** Segment, Tags, Tag, SimpleTag: their parts are read one after another. */
const OPEN = new Set([0x18538067, 0x1254c367, 0x7373, 0x67c8]);
const TAG_NAME = 0x45a3;
const TAG_STRING = 0x4487;

export const isWebm = (bytes: Uint8Array): boolean => startsWith(bytes, "\x1a\x45\xdf\xa3");

const lengthAt = (bytes: Uint8Array, at: number): number => Math.clz32(bytes[at] ?? 0) - 23;

export function* webmPairs(bytes: Uint8Array): Generator<Pair> {
  let name: string | null = null;
  for (let at = 0; at < bytes.length; ) {
    const idLength = lengthAt(bytes, at);
    const id = whole(bytes, at, idLength);
    const sizeAt = at + idLength;
    const size = sizeOf(bytes, sizeAt);
    at = sizeAt + lengthAt(bytes, sizeAt);
    // What is of unknown size, as in streams, is entered too.
    if (size === null || OPEN.has(id)) continue;
    const text = (): string => utf8(bytes.subarray(at, at + size)).replace(/\0+$/, "");
    if (id === TAG_NAME) name = text();
    else if (id === TAG_STRING && name !== null) {
      yield [name, text()];
      name = null;
    }
    at += size;
  }
}

/** The leading zeros tell the length; all ones say that the size is not known. */
function sizeOf(bytes: Uint8Array, at: number): number | null {
  const length = lengthAt(bytes, at);
  if (length > 8) throw new RangeError("no size");
  const marked = [(bytes[at] ?? 0) & (0xff >> length), ...bytes.subarray(at + 1, at + length)];
  if (marked.length < length) throw new RangeError("the data ends within a size");
  if (marked.every((byte, i) => byte === (i === 0 ? 0xff >> length : 0xff))) return null;
  return marked.reduce((value, byte) => value * 256 + byte, 0);
}
