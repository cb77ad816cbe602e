/** JSON that keeps integers exact: those beyond 2^53 become bigint, and NaN and Infinity become null. */

export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** Marks an integer that a double cannot hold while it travels through JSON.parse and JSON.stringify. */
const MARK = "\u0000int:";
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity/g;
const NEEDS_CARE = /\d{16,}|NaN|Infinity/;
const MARKED = /"\\u0000int:(-?\d+)"/g;

function careful(token: string): string {
  if (token.startsWith('"')) return token;
  if (token === "NaN" || token.endsWith("Infinity")) return "null";
  const isInteger = /^-?\d+$/.test(token);
  return isInteger && !Number.isSafeInteger(Number(token)) ? JSON.stringify(MARK + token) : token;
}

function revive(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value;
}

export function parseJson(text: string): Json {
  if (!NEEDS_CARE.test(text)) return JSON.parse(text) as Json;
  return JSON.parse(text.replace(TOKENS, careful), revive) as Json;
}

export function stringifyJson(value: unknown, indent?: number): string {
  const marked = JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === "bigint" ? MARK + item.toString() : item),
    indent,
  );
  return marked.replace(MARKED, "$1");
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
