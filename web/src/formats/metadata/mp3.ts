/** MP3: texts and comments of an ID3 tag, versions 2.3 and 2.4. */
import { latin1, startsWith, synchsafe, whole, type Pair } from "./bytes";

const ENCODINGS = ["latin1", "utf-16", "utf-16be", "utf-8"];

export const isMp3 = (bytes: Uint8Array): boolean => startsWith(bytes, "ID3");

export function* mp3Pairs(bytes: Uint8Array): Generator<Pair> {
  const version = bytes[3] ?? 0;
  const flags = bytes[5] ?? 0;
  const stored = bytes.subarray(10, 10 + synchsafe(bytes, 6));
  const body = (flags & 0x80) !== 0 && version < 4 ? resynchronised(stored) : stored;
  const sizeAt = (at: number): number => (version >= 4 ? synchsafe(body, at) : whole(body, at, 4));
  let at = (flags & 0x40) === 0 ? 0 : version >= 4 ? synchsafe(body, 0) : 4 + whole(body, 0, 4);
  while (at + 10 <= body.length && body[at] !== 0) {
    const size = sizeAt(at + 4);
    yield* framePairs(latin1(body.subarray(at, at + 4)), body.subarray(at + 10, at + 10 + size));
    at += 10 + size;
  }
}

/** In version 2.3 a zero follows each FF, so that nothing looks like sound. */
const resynchronised = (bytes: Uint8Array): Uint8Array => bytes.filter((byte, i) => byte !== 0 || bytes[i - 1] !== 0xff);

/** A text with a name of its own, or a comment behind its language. */
function* framePairs(type: string, body: Uint8Array): Generator<Pair> {
  if ((type !== "TXXX" && type !== "COMM") || body.length === 0) return;
  const encoding = Math.min(body[0] ?? 0, 3);
  const text = body.subarray(type === "COMM" ? 4 : 1);
  const width = encoding === 1 || encoding === 2 ? 2 : 1;
  const end = terminator(text, width);
  const decode = (bytes: Uint8Array): string => new TextDecoder(encodingOf(encoding, bytes)).decode(bytes).replace(/\0+$/, "");
  yield [decode(text.subarray(0, end)) || "comment", decode(text.subarray(end + width))];
}

/** Text of UTF-16 says its byte order itself. */
function encodingOf(encoding: number, bytes: Uint8Array): string {
  return encoding === 1 && bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : (ENCODINGS[encoding] ?? "utf-8");
}

function terminator(text: Uint8Array, width: number): number {
  for (let at = 0; at + width <= text.length; at += width) if (text[at] === 0 && text[at + width - 1] === 0) return at;
  return text.length;
}
