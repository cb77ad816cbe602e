/** EXIF: `key:text` in the ASCII tags of the first directory, and the comment of the user as `parameters`. */
import { latin1, startsWith, utf8, viewOf, type Pair } from "./bytes";

const ASCII = 2;
const LONG = 4;
const EXIF_DIRECTORY = 0x8769;
const USER_COMMENT = 0x9286;
const SIZES: Readonly<Record<number, number>> = { 3: 2, [LONG]: 4, 5: 8, 9: 4, 10: 8, 12: 8 };

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly value: Uint8Array;
}

export function* exifPairs(bytes: Uint8Array): Generator<Pair> {
  const tiff = startsWith(bytes, "Exif\0\0") ? bytes.subarray(6) : bytes;
  const isLittle = startsWith(tiff, "II");
  if (!isLittle && !startsWith(tiff, "MM")) return;
  for (const { tag, type, value } of directory(tiff, isLittle, viewOf(tiff).getUint32(4, isLittle))) {
    if (type === ASCII) yield* named(value);
    else if (tag === EXIF_DIRECTORY && type === LONG) {
      const inner = directory(tiff, isLittle, viewOf(value).getUint32(0, isLittle));
      for (const entry of inner) if (entry.tag === USER_COMMENT) yield ["parameters", userComment(entry.value)];
    }
  }
}

function named(value: Uint8Array): Pair[] {
  const text = utf8(value).replace(/\0+$/, "");
  const colon = text.indexOf(":");
  return colon < 0 ? [] : [[text.slice(0, colon).trim(), text.slice(colon + 1).trim()]];
}

/** Values of up to four bytes stand in the entry itself. */
function* directory(tiff: Uint8Array, isLittle: boolean, place: number): Generator<Entry> {
  const view = viewOf(tiff);
  const count = view.getUint16(place, isLittle);
  for (let at = place + 2; at < place + 2 + 12 * count; at += 12) {
    const [tag, type] = [view.getUint16(at, isLittle), view.getUint16(at + 2, isLittle)];
    const size = view.getUint32(at + 4, isLittle) * (SIZES[type] ?? 1);
    const start = size <= 4 ? at + 8 : view.getUint32(at + 8, isLittle);
    yield { tag, type, value: tiff.subarray(start, start + size) };
  }
}

/** A text behind eight bytes that name its encoding; the byte order of UTF-16 is told by the first letter. */
function userComment(value: Uint8Array): string {
  const text = value.subarray(8);
  const isWide = latin1(value.subarray(0, 8)) === "UNICODE\0";
  const decoder = new TextDecoder(!isWide ? "utf-8" : text[0] === 0 ? "utf-16be" : "utf-16le");
  return decoder.decode(text).replace(/\0+$/, "");
}
