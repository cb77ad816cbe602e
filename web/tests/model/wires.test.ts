import { describe, expect, it } from "vitest";

import { connect, connectFitting, dissolveNodes, isLegal } from "@/model/actions";
import { canConnect, resolveBypass } from "@/model/wires";
import { newNode } from "@/formats/ui04";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

describe("canConnect", () => {
  it.each([
    ["IMAGE", "IMAGE", true],
    ["image", "IMAGE", true],
    ["IMAGE", "MASK", false],
    ["*", "MASK", true],
    ["IMAGE", "*", true],
    ["IMAGE", "", true],
    ["IMAGE,MASK", "MASK,LATENT", true],
    ["IMAGE, MASK", "LATENT", false],
    ["INT", "FLOAT", false],
    ["COMFY_MATCHTYPE_V3", "IMAGE", true],
  ])("%s -> %s: %s", (output, input, expected) => {
    expect(canConnect(output, input)).toBe(expected);
  });
});

describe("resolveBypass", () => {
  it.each([
    ["the same slot", ["MODEL", "CLIP"], ["MODEL", "CLIP"], 1, "CLIP", 1],
    ["the first of exactly the type", ["MODEL", "IMAGE", "IMAGE"], ["IMAGE"], 0, "IMAGE", 1],
    ["the first that can be connected", ["MODEL", "IMAGE,MASK"], ["IMAGE"], 0, "IMAGE", 1],
    ["nothing", ["MODEL"], ["IMAGE"], 0, "IMAGE", -1],
    ["the same slot for anything", ["A", "B"], ["C", "D"], 1, "*", 1],
    ["the first for anything", ["A"], ["C", "D"], 1, "*", 0],
    ["nothing of nothing", [], ["C"], 0, "*", -1],
  ])("takes %s", (_name, inputs, outputs, slot, wanted, expected) => {
    expect(resolveBypass(inputs, outputs, slot, wanted)).toBe(expected);
  });
});

function docOf(...types: string[]): Doc {
  const nodes = Object.fromEntries(types.map((type, i) => [String(i + 1), newNode(String(i + 1), type, defs[type], { x: 0, y: 0 })]));
  return { ...EMPTY_DOC, nodes, lastNodeId: types.length };
}

describe("connecting", () => {
  it("refuses other types, a node to itself, and circles", () => {
    const doc = connect(docOf("Scale", "Scale", "Loader"), { from: "1", slot: 0, to: "2", input: "samples" });
    expect(isLegal(doc, { from: "3", slot: 0, to: "1", input: "samples" })).toBe(false);
    expect(isLegal(doc, { from: "1", slot: 0, to: "1", input: "samples" })).toBe(false);
    expect(isLegal(doc, { from: "2", slot: 0, to: "1", input: "samples" })).toBe(false);
    expect(Object.keys(doc.links)).toHaveLength(1);
  });
  it("lets a new wire take the place of the old one", () => {
    const doc = docOf("Scale", "Scale", "Scale");
    const twice = connect(connect(doc, { from: "1", slot: 0, to: "3", input: "samples" }), { from: "2", slot: 0, to: "3", input: "samples" });
    expect(Object.values(twice.links)).toMatchObject([{ from: "2", to: "3" }]);
  });
  it("finds the fitting socket for a wire dropped on nothing", () => {
    const doc = connectFitting(docOf("Loader", "Sampler"), { node: "1", slot: 0 }, "2");
    expect(Object.values(doc.links)).toMatchObject([{ from: "1", slot: 0, to: "2", input: "model" }]);
    const back = connectFitting(docOf("Save", "Scale"), { node: "1", input: "samples" }, "2");
    expect(Object.values(back.links)).toMatchObject([{ from: "2", to: "1", input: "samples" }]);
  });
  it("joins the neighbours of a node that is dissolved", () => {
    const chain = connect(connect(docOf("Scale", "Scale", "Save"), { from: "1", slot: 0, to: "2", input: "samples" }), { from: "2", slot: 0, to: "3", input: "samples" });
    const left = dissolveNodes(chain, ["2"]);
    expect(Object.keys(left.nodes)).toEqual(["1", "3"]);
    expect(Object.values(left.links)).toMatchObject([{ from: "1", to: "3", input: "samples" }]);
  });
});
