/** Numbers and texts out of bytes; reading past the end throws a RangeError, which `readMetadata` expects of damaged files. */

export type Pair = readonly [key: string, text: string];

const latin1Decoder = new TextDecoder("latin1");
const utf8Decoder = new TextDecoder();

export const latin1 = (bytes: Uint8Array): string => latin1Decoder.decode(bytes);
export const utf8 = (bytes: Uint8Array): string => utf8Decoder.decode(bytes);
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** A whole number of up to eight bytes; beyond 2^53 it is no place in any file. */
export function whole(bytes: Uint8Array, at: number, size: number): number {
  if (at + size > bytes.length) throw new RangeError("the data ends within a number");
  let value = 0;
  for (let i = 0; i < size; i += 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** A number of seven bits to a byte. */
export function synchsafe(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 4; i += 1) value = value * 128 + ((bytes[at + i] ?? 0) & 127);
  return value;
}
