/** Text in a PNG: written where every reader of workflows looks for it. */

const HEADER_END = 8 + 25;

const TABLE = Uint32Array.from({ length: 256 }, (_none, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** iTXt, uncompressed: key 0 flag method language 0 translated key 0 text. */
function chunk(key: string, text: string): Uint8Array {
  const encoder = new TextEncoder();
  const body = new Uint8Array([...encoder.encode("iTXt"), ...encoder.encode(key), 0, 0, 0, 0, 0]);
  const words = encoder.encode(text);
  const whole = new Uint8Array(4 + body.length + words.length + 4);
  const view = new DataView(whole.buffer);
  view.setUint32(0, body.length - 4 + words.length);
  whole.set(body, 4);
  whole.set(words, 4 + body.length);
  view.setUint32(whole.length - 4, crc(whole.subarray(4, whole.length - 4)));
  return whole;
}

/** The PNG with a text right behind its header. */
export function withPngText(png: Uint8Array, key: string, text: string): Uint8Array {
  const added = chunk(key, text);
  const whole = new Uint8Array(png.length + added.length);
  whole.set(png.subarray(0, HEADER_END));
  whole.set(added, HEADER_END);
  whole.set(png.subarray(HEADER_END), HEADER_END + added.length);
  return whole;
}
