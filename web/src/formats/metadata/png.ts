/** PNG: its text chunks, and EXIF. */
import { latin1, startsWith, utf8, viewOf, type Pair } from "./bytes";
import { exifPairs } from "./exif";

const SIGNATURE = "\x89PNG\r\n\x1a\n";

export const isPng = (bytes: Uint8Array): boolean => startsWith(bytes, SIGNATURE);

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  let at = SIGNATURE.length;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at);
    const type = latin1(bytes.subarray(at + 4, at + 8));
    if (at + 8 + length > bytes.length || type === "IEND") return;
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** tEXt, zTXt, iTXt (plain or zlib), the private `comf`, and EXIF. */
export async function* pngPairs(bytes: Uint8Array): AsyncGenerator<Pair> {
  for (const { type, data } of chunks(bytes)) {
    if (type === "eXIf") yield* exifPairs(data);
    const end = data.indexOf(0);
    if (end < 0) continue;
    const key = latin1(data.subarray(0, end));
    if (type === "tEXt") yield [key, latin1(data.subarray(end + 1))];
    else if (type === "comf") yield [key, utf8(data.subarray(end + 1))];
    else if (type === "zTXt") yield [key, latin1(await inflated(data.subarray(end + 2)))];
    else if (type === "iTXt") yield [key, await internationalText(data, end)];
  }
}

/** All text of a PNG by key. */
export async function readPngText(bytes: Uint8Array): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  if (!isPng(bytes)) return texts;
  for await (const [key, text] of pngPairs(bytes)) texts[key] = text;
  return texts;
}

/** iTXt: key 0 compressed? method language 0 translated key 0 text. */
async function internationalText(data: Uint8Array, keyEnd: number): Promise<string> {
  const compressed = data[keyEnd + 1] === 1;
  const languageEnd = data.indexOf(0, keyEnd + 3);
  const body = data.subarray(data.indexOf(0, languageEnd + 1) + 1);
  return utf8(compressed ? await inflated(body) : body);
}

/** Raises a RangeError, the error of damaged files, whatever the platform calls it. */
async function inflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream("deflate"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new RangeError("damaged text");
  }
}
