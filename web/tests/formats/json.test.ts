import { expect, it } from "vitest";

import { parseJson, stringifyJson } from "@/formats/json";

it("keeps the largest seed exact from text to text", () => {
  const text = '{"seed":18446744073709551615,"low":-9223372036854775808,"small":42,"float":1.5}';
  expect(parseJson(text)).toEqual({ seed: 18446744073709551615n, low: -9223372036854775808n, small: 42, float: 1.5 });
  expect(stringifyJson(parseJson(text))).toBe(text);
});

it("leaves digits inside strings and floats alone", () => {
  const value = parseJson('{"18446744073709551615":"id 18446744073709551615 \\"NaN\\"","e":1e21,"f":0.12345678901234567890}');
  expect(value).toEqual({ "18446744073709551615": 'id 18446744073709551615 "NaN"', e: 1e21, f: 0.12345678901234568 });
});

it("reads NaN and Infinity as null", () => {
  expect(parseJson("[NaN, Infinity, -Infinity, 1]")).toEqual([null, null, null, 1]);
});
