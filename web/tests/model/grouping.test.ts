import { describe, expect, it } from "vitest";

import { addNode, connect, groupNodes } from "@/model/actions";
import { endsOf, fitGroup, isLocked, lockGroups, membersOf, modeOf, withMembers, type Boxes } from "@/model/grouping";
import { arrangeLater } from "@/model/layout";
import { EMPTY_DOC, MODE, type Doc } from "@/model/types";

import { defs } from "../definitions";

const boxes = (doc: Doc): Boxes => (id) => {
  const node = doc.nodes[id];
  return node === undefined ? null : { ...node.position, width: 100, height: 50 };
};

/** Three nodes in a row, a frame around the first two, one around all. */
function sample(): Doc {
  let doc: Doc = EMPTY_DOC;
  for (const [i, type] of ["Sampler", "Scale", "Save"].entries()) doc = addNode(doc, defs, type, { x: i * 200, y: 0 }).doc;
  const box = (id: string) => boxes(doc)(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  doc = groupNodes(doc, [box("1"), box("2")], "inner");
  return groupNodes(doc, [box("1"), box("2"), box("3")], "outer");
}

describe("a group", () => {
  it("has what lies in its frame, smaller frames too", () => {
    const doc = { ...sample(), reroutes: { 4: { id: 4, parent: null, position: { x: 150, y: 20 }, raw: {} }, 5: { id: 5, parent: null, position: { x: 900, y: 20 }, raw: {} } } };
    expect(membersOf(doc, "g1", boxes(doc))).toEqual({ nodes: ["1", "2"], bends: [4], groups: [] });
    expect(membersOf(doc, "g2", boxes(doc))).toEqual({ nodes: ["1", "2", "3"], bends: [4], groups: ["g1"] });
    expect(withMembers(doc, ["g1", "g2"], boxes(doc)).groups.toSorted()).toEqual(["g1", "g2"]);
  });
  it("does not count nodes whose middle lies outside", () => {
    const doc = sample();
    const moved = { ...doc, nodes: { ...doc.nodes, "2": { ...doc.nodes["2"], position: { x: 300, y: 0 } } } } as Doc;
    expect(membersOf(moved, "g1", boxes(moved)).nodes).toEqual(["1"]);
  });
  it("closes around its contents, and stays when there are none", () => {
    const doc = sample();
    const wide = { ...doc, groups: { g1: { ...doc.groups["g1"], position: { x: -500, y: -500 }, size: { width: 850, height: 2000 } } } } as Doc;
    const fitted = fitGroup(wide, "g1", boxes(doc)).groups["g1"];
    expect(fitted?.position).toEqual({ x: -24, y: -60 });
    expect(fitted?.size).toEqual({ width: 348, height: 134 });
    const empty = { ...EMPTY_DOC, groups: wide.groups };
    expect(fitGroup(empty, "g1", boxes(empty))).toBe(empty);
  });
  it("is locked as the file says it", () => {
    const doc = lockGroups(sample(), ["g1"], true);
    const [inner, outer] = [doc.groups["g1"], doc.groups["g2"]];
    expect([inner !== undefined && isLocked(inner), outer !== undefined && isLocked(outer)]).toEqual([true, false]);
    expect(inner?.raw).toEqual({ flags: { pinned: true } });
  });
  it("has one mode, or a mixture", () => {
    const doc = sample();
    expect(modeOf(doc, ["1", "2"])).toBe(MODE.always);
    const mixed = { ...doc, nodes: { ...doc.nodes, "1": { ...doc.nodes["1"], mode: MODE.muted } } } as Doc;
    expect(modeOf(mixed, ["1", "2"])).toBeNull();
  });
  it("runs its outputs, or else what nothing in it takes", () => {
    const doc = connect(connect(sample(), { from: "1", slot: 0, to: "2", input: "samples" }), { from: "2", slot: 0, to: "3", input: "samples" });
    expect(endsOf(doc, ["1", "2", "3"], (id) => id === "3")).toEqual(["3"]);
    expect(endsOf(doc, ["1", "2"], () => false)).toEqual(["2"]);
  });
});

describe("arranging", () => {
  it("puts nodes behind what feeds them, and frames around what they held", async () => {
    const doc = connect(connect(sample(), { from: "1", slot: 0, to: "2", input: "samples" }), { from: "2", slot: 0, to: "3", input: "samples" });
    const after = (await arrangeLater(doc, defs, undefined, boxes(doc)))(doc);
    const x = (id: string): number => after.nodes[id]?.position.x ?? 0;
    expect(x("1")).toBeLessThan(x("2"));
    expect(x("2")).toBeLessThan(x("3"));
    expect(membersOf(after, "g1", boxes(after)).nodes).toEqual(["1", "2"]);
  });
  it("keeps the place of a selection that is arranged by itself", async () => {
    const doc = connect(sample(), { from: "2", slot: 0, to: "3", input: "samples" });
    const after = (await arrangeLater(doc, defs, new Set(["2", "3"])))(doc);
    expect(after.nodes["1"]).toBe(doc.nodes["1"]);
    expect(after.nodes["2"]?.position.x).toBe(200);
    expect(after.groups).toBe(doc.groups);
  });
  it("takes the sizes that it is given", async () => {
    const doc = connect(withoutGroups(sample()), { from: "1", slot: 0, to: "2", input: "samples" });
    const wide: Boxes = (id) => ({ ...(doc.nodes[id]?.position ?? { x: 0, y: 0 }), width: 2000, height: 32 });
    const after = (await arrangeLater(doc, defs, undefined, wide))(doc);
    expect((after.nodes["2"]?.position.x ?? 0) - (after.nodes["1"]?.position.x ?? 0)).toBeGreaterThan(2000);
  });
});

const withoutGroups = (doc: Doc): Doc => ({ ...doc, groups: {} });

