import { describe, expect, it } from "vitest";

import type { JsonObject } from "@/formats/json";
import type { Widget } from "@/formats/widgets";
import { searchChoices } from "@/widgets/choices";
import { filling, formatNumber, parseNumber, rangeOf, stepNumber } from "@/widgets/numbers";

function widget(type: "INT" | "FLOAT", options: JsonObject): Widget {
  return { key: "x", name: "x", kind: type === "INT" ? "int" : "float", inPrompt: true, input: { name: "x", type, choices: null, options, required: true } };
}
const seed = rangeOf(widget("INT", { min: 0, max: 18446744073709551615n }));
const cfg = rangeOf(widget("FLOAT", { min: 0, max: 100, step: 0.1, round: 0.01 }));

describe("numbers as text", () => {
  it("keeps 64-bit integers exact", () => {
    expect(parseNumber("18446744073709551615", seed)).toBe(18446744073709551615n);
    expect(formatNumber(18446744073709551615n, seed)).toBe("18446744073709551615");
    expect(parseNumber("99999999999999999999", seed)).toBe(18446744073709551615n);
  });
  it("clamps, rounds integers, and takes a comma for the point", () => {
    expect(parseNumber("250", cfg)).toBe(100);
    expect(parseNumber("7,5", cfg)).toBe(7.5);
    expect(parseNumber("7.6", rangeOf(widget("INT", {})))).toBe(8);
    expect(parseNumber("seven", cfg)).toBeNull();
  });
  it("shows floats without needless zeros", () => {
    expect([formatNumber(8, cfg), formatNumber(7.25, cfg), formatNumber(7.5, cfg)]).toEqual(["8.0", "7.25", "7.5"]);
  });
  it("steps without binary dust, and exactly where integers are large", () => {
    expect(stepNumber(0.7, 1, cfg)).toBe(0.8);
    expect(stepNumber(100, 1, cfg)).toBe(100);
    expect(stepNumber(9007199254740993n, 1, seed)).toBe(9007199254740994n);
  });
  it("fills only ranges that people think in", () => {
    expect(filling(0.25, widget("FLOAT", { min: 0, max: 1 }))).toBe(0.25);
    expect(filling(20, widget("INT", { min: 1, max: 10000 }))).toBeNull();
  });
});

it("finds choices by all words, beginnings first", () => {
  const choices = ["my-euler", "euler", "euler_ancestral", "heun"];
  expect(searchChoices(choices, "eul")).toEqual(["euler", "euler_ancestral", "my-euler"]);
  expect(searchChoices(choices, "anc eul")).toEqual(["euler_ancestral"]);
});
