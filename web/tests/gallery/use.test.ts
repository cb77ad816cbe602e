import { describe, expect, it } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import { promptTarget, seedTarget } from "@/gallery/use";
import { addNode, connect } from "@/model/actions";
import { EMPTY_DOC, type Doc } from "@/model/types";

const defs = parseDefinitions({
  KSampler: { input: { required: { positive: ["CONDITIONING"], negative: ["CONDITIONING"], latent_image: ["LATENT"], seed: ["INT", {}] } }, output: ["LATENT"] },
  Encode: { input: { required: { text: ["STRING", { multiline: true }] } }, output: ["CONDITIONING"] },
  Mix: { input: { required: { conditioning: ["CONDITIONING"] } }, output: ["CONDITIONING"] },
  Words: { input: { required: { value: ["STRING", { multiline: true }] } }, output: ["STRING"] },
  Number: { input: { required: { value: ["INT", {}] } }, output: ["INT"] },
});

/** Ids are given in the order of the types, from 1. */
function made(types: readonly string[], wires: readonly (readonly [from: string, to: string, input: string])[]): Doc {
  const nodes = types.reduce((doc, type) => addNode(doc, defs, type, { x: 0, y: 0 }).doc, EMPTY_DOC);
  return wires.reduce((doc, [from, to, input]) => connect(doc, { from, slot: 0, to, input }), nodes);
}

describe("where the prompt of a picture goes", () => {
  it("is the text that leads to the sampler's side, through other nodes", () => {
    const doc = made(["KSampler", "Encode", "Encode", "Mix"], [["2", "4", "conditioning"], ["4", "1", "positive"], ["3", "1", "negative"]]);
    expect(promptTarget(doc, defs, "positive")).toEqual({ node: "2", key: "text" });
    expect(promptTarget(doc, defs, "negative")).toEqual({ node: "3", key: "text" });
  });

  it("is where the text is written when a wire brings it", () => {
    const doc = made(["KSampler", "Encode", "Words"], [["2", "1", "positive"], ["3", "2", "text"]]);
    expect(promptTarget(doc, defs, "positive")).toEqual({ node: "3", key: "value" });
  });

  it("is that of the chosen sampler when there are several", () => {
    const doc = made(["KSampler", "Encode", "KSampler", "Encode"], [["2", "1", "positive"], ["4", "3", "positive"]]);
    expect(promptTarget(doc, defs, "positive", ["3"])?.node).toBe("4");
  });

  it("is nowhere in a workflow without a sampler", () => {
    expect(promptTarget(made(["Encode"], []), defs, "positive")).toBeNull();
  });
});

describe("where the seed of a picture goes", () => {
  it("is the sampler's own, or the number that a wire brings", () => {
    expect(seedTarget(made(["KSampler"], []), defs)).toEqual({ node: "1", key: "seed" });
    expect(seedTarget(made(["KSampler", "Number"], [["2", "1", "seed"]]), defs)).toEqual({ node: "2", key: "value" });
  });

  it("is nowhere where nothing is random", () => {
    expect(seedTarget(made(["Encode"], []), defs)).toBeNull();
  });
});
