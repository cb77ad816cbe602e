import { describe, expect, it } from "vitest";

import { addNode, connect } from "@/model/actions";
import { bestWire, disconnectNodes, insertInto, joinInOrder, joinNodes, legalTargets, swapEnd } from "@/model/joining";
import { addBend } from "@/model/reroutes";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

function withNodes(...types: readonly string[]): Doc {
  return types.reduce<Doc>((doc, type) => addNode(doc, defs, type, { x: 0, y: 0 }).doc, EMPTY_DOC);
}

const wires = (doc: Doc): readonly string[] => Object.values(doc.links).map((link) => `${link.from}.${link.slot} ${link.to}.${link.input}`);

describe("joining nodes", () => {
  it("finds the first sockets that fit", () => {
    const doc = withNodes("Loader", "Sampler");
    expect(bestWire(doc, defs, "1", "2")).toEqual({ from: "1", slot: 0, to: "2", input: "model" });
    expect(wires(joinNodes(doc, defs, "1", "2"))).toEqual(["1.0 2.model"]);
  });
  it("leaves wires that are there", () => {
    const doc = joinNodes(withNodes("Loader", "Sampler", "Loader"), defs, "1", "2");
    expect(joinNodes(doc, defs, "3", "2")).toBe(doc);
  });
  it("does nothing where nothing fits, or where a circle would close", () => {
    const doc = joinInOrder(withNodes("Sampler", "Scale", "Scale"), defs, ["1", "2", "3"]);
    expect(wires(doc)).toEqual(["1.0 2.samples", "2.0 3.samples"]);
    expect(joinNodes(doc, defs, "3", "2")).toBe(doc);
    const other = withNodes("Loader", "Save");
    expect(joinNodes(other, defs, "1", "2")).toBe(other);
  });
});

describe("putting a node into a wire", () => {
  it("leads the wire through it, bends and all", () => {
    let doc = connect(withNodes("Sampler", "Save", "Scale"), { from: "1", slot: 0, to: "2", input: "samples" });
    doc = addBend(doc, { link: 1 }, { x: 5, y: 5 }).doc;
    const put = insertInto(doc, defs, 1, "3");
    expect(wires(put)).toEqual(["1.0 3.samples", "3.0 2.samples"]);
    expect(Object.values(put.links)[0]?.reroute).toBe(1);
    expect(Object.keys(put.reroutes)).toEqual(["1"]);
  });
  it("leaves a wire alone that the node does not suit", () => {
    const doc = connect(withNodes("Sampler", "Save", "Loader"), { from: "1", slot: 0, to: "2", input: "samples" });
    expect(insertInto(doc, defs, 1, "3")).toBe(doc);
    expect(insertInto(doc, defs, 1, "1")).toBe(doc);
  });
});

describe("swapping the end of a wire", () => {
  it("goes to the next input that takes it, and trades places with what is there", () => {
    let doc = withNodes("Picture", "Batch", "Picture");
    doc = connect(doc, { from: "1", slot: 0, to: "2", input: "images.image0" });
    const moved = swapEnd(doc, defs, 1);
    expect(wires(moved)).toEqual(["1.0 2.images.image1"]);
    const both = swapEnd(connect(doc, { from: "3", slot: 0, to: "2", input: "images.image1" }), defs, 1);
    expect(wires(both)).toEqual(["1.0 2.images.image1", "3.0 2.images.image0"]);
  });
  it("stays where no other input fits", () => {
    const doc = connect(withNodes("Sampler", "Scale"), { from: "1", slot: 0, to: "2", input: "samples" });
    expect(swapEnd(doc, defs, 1)).toBe(doc);
  });
});

it("disconnects everything of a node", () => {
  const doc = joinInOrder(withNodes("Sampler", "Scale", "Save"), defs, ["1", "2", "3"]);
  expect(wires(disconnectNodes(doc, ["2"]))).toEqual([]);
});

it("lists the sockets where a wire may land, but none that would close a circle", () => {
  const doc = joinInOrder(withNodes("Sampler", "Scale", "Scale"), defs, ["1", "2", "3"]);
  expect(legalTargets(doc, defs, { node: "2", slot: 0 })).toEqual([{ node: "3", input: "samples" }]);
  expect(legalTargets(doc, defs, { node: "2", input: "samples" })).toEqual([{ node: "1", slot: 0 }]);
});
