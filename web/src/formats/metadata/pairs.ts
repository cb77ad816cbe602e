/** Entries of metadata that come as one JSON object. */
import { isObject, parseJson, stringifyJson } from "../json";

import type { Pair } from "./bytes";

export function objectPairs(value: unknown): Pair[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, item]) => [key.toLowerCase(), typeof item === "string" ? item : stringifyJson(item)]);
}

export const jsonPairs = (text: string): Pair[] => objectPairs(parseJson(text));
