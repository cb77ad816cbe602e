import { expect, it } from "vitest";

import { seeded } from "@/runtime/chance";
import { draftOf, modesOf, specOf, typed } from "@/sweeps/draft";
import { drawSeeds, labelOf, labelsOf, parseNumbers, parseWords, readSpec, replaced, valuesOf, writeSpec, type Spec } from "@/sweeps/spec";
import { widgetsOf, type Widget } from "@/formats/widgets";

import { defs } from "../definitions";

const whole = { isInteger: true, min: 1, max: 100 };
const real = { isInteger: false, min: 0, max: 100 };

function widget(type: string, name: string): Widget {
  const def = defs[type];
  const found = def === undefined ? undefined : widgetsOf(def, {}).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

it("spreads a range over so many values, without the noise of floats", () => {
  expect(valuesOf({ kind: "range", from: 0, to: 0.3, count: 4, spacing: "linear" }, 0, real)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(valuesOf({ kind: "range", from: 8, to: 4, count: 3, spacing: "linear" }, 0, real)).toEqual([8, 6, 4]);
  expect(valuesOf({ kind: "range", from: 1, to: 3, count: 9, spacing: "linear" }, 0, whole)).toEqual([1, 2, 3]);
});

it("spaces a geometric range by equal factors, and a way through nothing evenly", () => {
  expect(valuesOf({ kind: "range", from: 1, to: 16, count: 5, spacing: "geometric" }, 0, whole)).toEqual([1, 2, 4, 8, 16]);
  expect(valuesOf({ kind: "range", from: 0, to: 2, count: 3, spacing: "geometric" }, 0, real)).toEqual([0, 1, 2]);
});

it("counts in steps in either direction, reaches the end, and does not go on for ever", () => {
  expect(valuesOf({ kind: "step", from: 1, to: 2, by: 0.25 }, 0, real)).toEqual([1, 1.25, 1.5, 1.75, 2]);
  expect(valuesOf({ kind: "step", from: 9, to: 4, by: 2 }, 0, whole)).toEqual([9, 7, 5]);
  expect(valuesOf({ kind: "step", from: 1, to: 5, by: 0 }, 0, whole)).toEqual([1]);
  expect(valuesOf({ kind: "step", from: 0, to: 1e9, by: 1 }, 0, { ...real, max: 1e9 })).toHaveLength(500);
});

it("leaves out what the widget would refuse, and says a value once", () => {
  expect(valuesOf({ kind: "range", from: -5, to: 5, count: 3, spacing: "linear" }, 0, whole)).toEqual([5]);
  expect(valuesOf({ kind: "list", values: [1, 2, 1] }, 0, whole)).toEqual([1, 2]);
});

it("reads numbers between commas, lines and spaces, and names what is none", () => {
  expect(parseNumbers("4, 5\n6;7 8", whole)).toEqual({ values: [4, 5, 6, 7, 8], bad: [] });
  expect(parseNumbers("4, x, 500, 1.5, 1e1", whole)).toEqual({ values: [4, 10], bad: ["x", "500", "1.5"] });
  expect(parseNumbers("18446744073709551615", { isInteger: true, min: 0, max: 18446744073709551615n }).values).toEqual([18446744073709551615n]);
});

it("replaces the first word by each of the others, and calls the variants by their words", () => {
  const spec: Spec = { kind: "replace", words: ["red", "blue", "pale green"] };
  const values = valuesOf(spec, "a red boat, red sails");
  expect(values).toEqual(["a red boat, red sails", "a blue boat, blue sails", "a pale green boat, pale green sails"]);
  expect(labelsOf(spec, values)).toEqual(["red", "blue", "pale green"]);
  expect(replaced("a boat", [])).toEqual([]);
  expect(parseWords("red, blue")).toEqual(["red", "blue"]);
  expect(parseWords("red, dark\nblue")).toEqual(["red, dark", "blue"]);
});

it("draws seeds at random or counts them up, exact beyond 2^53", () => {
  const drawn = drawSeeds("random", 3, 5, 18446744073709551615n, seeded(1));
  expect(drawn).toHaveLength(3);
  expect(drawn).toEqual(drawSeeds("random", 3, 5, 18446744073709551615n, seeded(1)));
  expect(drawSeeds("counting", 3, 7, 100)).toEqual([7, 8, 9]);
  expect(drawSeeds("counting", 3, 99, 100)).toEqual([99, 100]);
  expect(drawSeeds("counting", 2, 18446744073709551610n, 18446744073709551615n)).toEqual([18446744073709551610n, 18446744073709551611n]);
});

it("comes back from the file as it was written, and ignores what is no sweep", () => {
  const specs: Spec[] = [
    { kind: "list", values: ["a", 1, true] },
    { kind: "range", from: 1, to: 2, count: 3, spacing: "geometric" },
    { kind: "step", from: 1, to: 2, by: 0.5 },
    { kind: "seeds", mode: "counting", values: [1, 2n] },
    { kind: "replace", words: ["a", "b"] },
  ];
  for (const spec of specs) expect(readSpec(writeSpec(spec))).toEqual(spec);
  expect(readSpec({ kind: "dance" })).toBeNull();
  expect(readSpec(null)).toBeNull();
});

it("offers each widget the ways that make sense for it", () => {
  expect(modesOf(widget("Sampler", "cfg"), {})).toEqual(["numbers", "range"]);
  expect(modesOf(widget("Sampler", "seed"), { "control:seed": "fixed" })).toEqual(["seeds", "numbers", "range"]);
  expect(modesOf(widget("Sampler", "sampler_name"), {})).toEqual(["checks"]);
  expect(modesOf(widget("Save", "prefix"), {})).toEqual(["texts", "replace"]);
});

it("opens the editor with the sweep there is, and gives it back unchanged", () => {
  const cfg = widget("Sampler", "cfg");
  const spec: Spec = { kind: "range", from: 4, to: 8, count: 3, spacing: "geometric" };
  expect(specOf(draftOf(cfg, { cfg: 7 }, spec), cfg)).toEqual(spec);
  const checks: Spec = { kind: "list", values: ["heun"] };
  const sampler = widget("Sampler", "sampler_name");
  expect(specOf(draftOf(sampler, { sampler_name: "euler" }, checks), sampler)).toEqual(checks);
  expect(specOf(draftOf(cfg, { cfg: 7 }, { kind: "list", values: [4, 5.5] }), cfg)).toEqual({ kind: "list", values: [4, 5.5] });
});

it("says nothing while the fields say nothing", () => {
  const cfg = widget("Sampler", "cfg");
  const draft = draftOf(cfg, { cfg: 7 }, null);
  expect(specOf({ ...draft, list: "" }, cfg)).toBeNull();
  expect(specOf({ ...draft, mode: "range", from: "" }, cfg)).toBeNull();
  expect(specOf({ ...draft, mode: "replace", words: "one" }, cfg)).toBeNull();
  expect(typed({ ...draft, list: "4, x" }, cfg).bad).toEqual(["x"]);
  expect([true, 0.1 + 0.2, 485917488738415, 2n ** 60n].map(labelOf)).toEqual(["on", "0.3", "485917488738415", "1152921504606846976"]);
});
