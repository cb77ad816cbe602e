import { expect, it } from "vitest";

import { newNode } from "@/formats/ui04";
import { controlKey } from "@/formats/widgets";
import { EMPTY_DOC, PLAIN_LINK, type Doc } from "@/model/types";
import { advanceSeeds, nextNumber, RANDOM_LIMIT } from "@/runtime/seeds";

import { defs } from "../definitions";

const options = { min: 0, max: 18446744073709551615n };

function docWith(seed: number | bigint, mode: string): Doc {
  const node = newNode("1", "Sampler", defs["Sampler"], { x: 0, y: 0 });
  return { ...EMPTY_DOC, nodes: { "1": { ...node, values: { ...node.values, seed, [controlKey("seed")]: mode } } } };
}
const seedAfter = (doc: Doc, random = 0.5): unknown => advanceSeeds(doc, defs, () => random).nodes["1"]?.values["seed"];

it("counts up and down, exactly beyond 2^53", () => {
  expect(seedAfter(docWith(7, "increment"))).toBe(8);
  expect(seedAfter(docWith(7, "decrement"))).toBe(6);
  expect(seedAfter(docWith(9007199254740993n, "increment"))).toBe(9007199254740994n);
});

it("stops at the bounds", () => {
  expect(seedAfter(docWith(18446744073709551615n, "increment"))).toBe(18446744073709551615n);
  expect(seedAfter(docWith(0, "decrement"))).toBe(0);
});

it("keeps random seeds below 2^50", () => {
  expect(nextNumber(1, "randomize", options, () => 0.999999999)).toBeLessThanOrEqual(RANDOM_LIMIT);
  expect(nextNumber(1, "randomize", options, () => 0.5)).toBe(RANDOM_LIMIT / 2);
});

it("leaves fixed seeds, and those that a wire feeds", () => {
  const fixed = docWith(7, "fixed");
  expect(advanceSeeds(fixed, defs, () => 0.5)).toBe(fixed);
  const fed = { ...docWith(7, "increment"), links: { 1: { id: 1, from: "9", slot: 0, to: "1", input: "seed", type: "INT", ...PLAIN_LINK } } };
  expect(seedAfter(fed)).toBe(7);
});
