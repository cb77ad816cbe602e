/** GLB: `asset.extras` of the JSON chunk. */
import { isObject, parseJson } from "../json";

import { startsWith, utf8, viewOf, type Pair } from "./bytes";
import { objectPairs } from "./pairs";

export const isGlb = (bytes: Uint8Array): boolean => startsWith(bytes, "glTF");

export function glbPairs(bytes: Uint8Array): Pair[] {
  const size = viewOf(bytes).getUint32(12, true);
  const scene = startsWith(bytes, "JSON", 16) ? parseJson(utf8(bytes.subarray(20, 20 + size))) : null;
  return isObject(scene) && isObject(scene["asset"]) ? objectPairs(scene["asset"]["extras"]) : [];
}
