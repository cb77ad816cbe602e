/** SVG: a JSON object in the CDATA of `<metadata>`. */
import { utf8, type Pair } from "./bytes";
import { jsonPairs } from "./pairs";

const CDATA = /<metadata[^>]*>\s*<!\[CDATA\[([\s\S]*?)\]\]>/;
const START = 4096;

export function isSvg(bytes: Uint8Array): boolean {
  const start = utf8(bytes.subarray(0, START)).trimStart();
  return start.startsWith("<") && start.includes("<svg");
}

export function svgPairs(bytes: Uint8Array): Pair[] {
  const found = CDATA.exec(utf8(bytes))?.[1];
  return found === undefined ? [] : jsonPairs(found);
}
