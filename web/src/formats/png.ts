/** Workflow in a picture: the text chunks of a PNG. */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder();

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SIGNATURE.length;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at);
    const type = latin1.decode(bytes.subarray(at + 4, at + 8));
    if (at + 8 + length > bytes.length || type === "IEND") return;
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** All text of a PNG by key: tEXt, zTXt, iTXt (plain or zlib) and the private `comf`. */
export async function readPngText(bytes: Uint8Array): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  if (!isPng(bytes)) return texts;
  for (const chunk of chunks(bytes)) {
    const entry = await readText(chunk);
    if (entry !== null) texts[entry[0]] = entry[1];
  }
  return texts;
}

async function readText({ type, data }: Chunk): Promise<[string, string] | null> {
  if (!["tEXt", "zTXt", "iTXt", "comf"].includes(type)) return null;
  const end = data.indexOf(0);
  if (end < 0) return null;
  const key = latin1.decode(data.subarray(0, end));
  if (type === "tEXt") return [key, latin1.decode(data.subarray(end + 1))];
  if (type === "comf") return [key, utf8.decode(data.subarray(end + 1))];
  if (type === "zTXt") return [key, latin1.decode(await inflate(data.subarray(end + 2)))];
  return [key, await internationalText(data, end)];
}

/** iTXt: key 0 compressed? method language 0 translated key 0 text. */
async function internationalText(data: Uint8Array, keyEnd: number): Promise<string> {
  const compressed = data[keyEnd + 1] === 1;
  const languageEnd = data.indexOf(0, keyEnd + 3);
  const start = data.indexOf(0, languageEnd + 1) + 1;
  const body = data.subarray(start);
  return utf8.decode(compressed ? await inflate(body) : body);
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
