/** safetensors and `.latent`: `__metadata__` of the header. */
import { isObject, parseJson } from "../json";

import { startsWith, utf8, viewOf, type Pair } from "./bytes";
import { objectPairs } from "./pairs";

const lengthOf = (bytes: Uint8Array): number => Number(viewOf(bytes).getBigUint64(0, true));

/** A JSON header follows its own length. */
export const isSafetensors = (bytes: Uint8Array): boolean => bytes.length > 9 && startsWith(bytes, "{", 8) && lengthOf(bytes) >= 2 && lengthOf(bytes) <= bytes.length - 8;

export function safetensorsPairs(bytes: Uint8Array): Pair[] {
  const header = parseJson(utf8(bytes.subarray(8, 8 + lengthOf(bytes))));
  return isObject(header) ? objectPairs(header["__metadata__"]) : [];
}
