import { describe, expect, it } from "vitest";

import { readDocument, writeDocument } from "@/formats/ui04";
import { addNode, moveNodes, removeNodes, setValue } from "@/model/actions";
import { countDiff, diffDocs, equal, isSame, linkKind, withoutMinor } from "@/model/diff";
import { EMPTY_DOC, EMPTY_GRAPH, MODE, PLAIN_LINK, type Doc, type DocNode } from "@/model/types";

import { defs } from "../definitions";

const add = (doc: Doc, type: string): Doc => addNode(doc, defs, type, { x: 0, y: 0 }).doc;
const link = (doc: Doc, id: number, from: string, slot: number, to: string, input: string): Doc => ({ ...doc, lastLinkId: Math.max(id, doc.lastLinkId), links: { ...doc.links, [id]: { id, from, slot, to, input, type: "*", ...PLAIN_LINK } } });
const patch = (doc: Doc, id: string, change: Partial<DocNode>): Doc => {
  const node = doc.nodes[id];
  return node === undefined ? doc : { ...doc, nodes: { ...doc.nodes, [id]: { ...node, ...change } } };
};
const without = (doc: Doc, id: number): Doc => ({ ...doc, links: Object.fromEntries(Object.entries(doc.links).filter(([key]) => Number(key) !== id)) });

/** A sampler (1) fed by a loader (2), then scaled (3). */
const base = link(link(["Sampler", "Loader", "Scale"].reduce(add, EMPTY_DOC), 1, "2", 0, "1", "model"), 2, "1", 0, "3", "samples");

describe("a difference", () => {
  it("of a document from itself is nothing", () => {
    expect(isSame(diffDocs(base, base))).toBe(true);
    expect(isSame(diffDocs(base, readDocument(writeDocument(readDocument(writeDocument(base, defs), defs), defs), defs)))).toBe(false);
    const once = readDocument(writeDocument(base, defs), defs);
    expect(isSame(diffDocs(once, readDocument(writeDocument(once, defs), defs)))).toBe(true);
  });
  it("tells nodes that came and went", () => {
    expect(diffDocs(base, add(base, "Save")).nodes).toMatchObject([{ id: "4", kind: "added", changes: [] }]);
    expect(diffDocs(base, removeNodes(base, ["3"])).nodes).toMatchObject([{ id: "3", kind: "removed" }]);
  });
  it("tells values with what they were", () => {
    expect(diffDocs(base, setValue(base, "1", "steps", 5)).nodes).toMatchObject([{ id: "1", kind: "changed", changes: [{ kind: "value", name: "steps", before: 20, after: 5 }] }]);
  });
  it("keeps integers beyond doubles apart", () => {
    const [a, b] = [setValue(base, "1", "seed", 18446744073709551614n), setValue(base, "1", "seed", 18446744073709551615n)];
    expect(diffDocs(a, b).nodes[0]?.changes).toMatchObject([{ name: "seed", before: 18446744073709551614n, after: 18446744073709551615n }]);
  });
  it("tells title, mode and colour", () => {
    const after = patch(base, "1", { title: "Second pass", mode: MODE.bypassed, color: "#322" });
    expect(diffDocs(base, after).nodes[0]?.changes.map((change) => change.kind)).toEqual(["title", "mode", "color"]);
  });
  it("takes a node of another type for another node", () => {
    const after = patch(base, "3", { type: "Save" });
    expect(diffDocs(base, after).nodes.map(({ id, kind }) => [id, kind])).toEqual([["3", "removed"], ["3", "added"]]);
  });
  it("tells values of types that nobody knows", () => {
    const unknown = (value: number): Doc => patch(base, "3", { known: false, raw: { widgets_values: [value] } });
    expect(diffDocs(unknown(1), unknown(2)).nodes[0]?.changes).toMatchObject([{ kind: "value", name: "widgets_values", before: [1], after: [2] }]);
  });
});

describe("moves and sizes", () => {
  const moved = moveNodes(base, { "1": { x: 50, y: 60 } });
  it("are told, and left out on demand", () => {
    expect(diffDocs(base, moved).nodes[0]?.changes).toMatchObject([{ kind: "moved", before: [0, 0], after: [50, 60] }]);
    expect(isSame(withoutMinor(diffDocs(base, moved)))).toBe(true);
  });
  it("do not hide what else happened to the node", () => {
    const after = setValue(moved, "1", "steps", 3);
    expect(withoutMinor(diffDocs(base, after)).nodes[0]?.changes.map((change) => change.kind)).toEqual(["value"]);
  });
});

describe("wires", () => {
  it("are known by what they join, not by their numbers", () => {
    expect(isSame(diffDocs(base, link(without(base, 1), 9, "2", 0, "1", "model")))).toBe(true);
  });
  it("are told by the names of their sockets", () => {
    const gone = diffDocs(base, without(base, 2)).links;
    expect(gone).toEqual([{ to: "3", input: "samples", before: { node: "1", slot: 0, output: "LATENT" }, after: null }]);
    expect(gone.map(linkKind)).toEqual(["removed"]);
    const other = diffDocs(base, link(without(base, 1), 5, "2", 1, "1", "model")).links;
    expect(other).toMatchObject([{ input: "model", before: { output: "MODEL" }, after: { output: "CLIP" } }]);
    expect(other.map(linkKind)).toEqual(["changed"]);
  });
});

describe("frames and subgraphs", () => {
  const group = { id: "g1", title: "Load", position: { x: 0, y: 0 }, size: { width: 9, height: 9 }, color: null, raw: {} };
  const inner = (steps: number, name = "Inner"): Doc => ({ ...base, subgraphs: { s: { ...EMPTY_GRAPH, nodes: setValue(base, "1", "steps", steps).nodes, id: "s", name } } });
  it("are told as nodes are", () => {
    expect(diffDocs(base, { ...base, groups: { g1: group } }).groups).toMatchObject([{ kind: "added", title: "Load" }]);
    expect(diffDocs({ ...base, groups: { g1: group } }, { ...base, groups: { g1: { ...group, title: "Save" } } }).groups).toMatchObject([{ kind: "changed", changes: [{ kind: "title", before: "Load", after: "Save" }] }]);
  });
  it("are looked into", () => {
    expect(diffDocs(inner(3), inner(4)).subgraphs).toMatchObject([{ id: "s", kind: "changed", renamed: null, nodes: [{ id: "1", changes: [{ name: "steps", before: 3, after: 4 }] }] }]);
    expect(diffDocs(inner(3), inner(3, "Other")).subgraphs).toMatchObject([{ kind: "changed", name: "Other", renamed: "Inner" }]);
    expect(diffDocs(base, inner(3)).subgraphs).toMatchObject([{ kind: "added" }]);
    expect(diffDocs(inner(3), base).subgraphs).toMatchObject([{ kind: "removed" }]);
    expect(countDiff(diffDocs(inner(3), inner(4)))).toEqual({ added: 0, removed: 0, changed: 1 });
  });
});

it("compares data whatever the order of its keys", () => {
  expect(equal({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toBe(true);
  expect(equal({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(equal([1, 2], [2, 1])).toBe(false);
});

/** Small numbers that look random and are the same at every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const TYPES = ["Sampler", "Loader", "Scale", "Save", "Forced"];

function grown(start: Doc, random: () => number, steps: number): Doc {
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  let doc = start;
  for (let i = 0; i < steps; i += 1) {
    const ids = Object.keys(doc.nodes);
    const [from, to] = [pick(ids), pick(ids)];
    const dice = random();
    if (dice < 0.35 || from === undefined || to === undefined) doc = add(doc, pick(TYPES) ?? "Save");
    else if (dice < 0.5) doc = removeNodes(doc, [to]);
    else if (dice < 0.65) doc = setValue(doc, to, "steps", Math.floor(random() * 3));
    else if (dice < 0.75) doc = moveNodes(doc, { [to]: { x: Math.floor(random() * 3), y: 0 } });
    else {
      const input = pick(doc.nodes[to]?.inputs ?? [])?.name;
      const taken = Object.values(doc.links).some((item) => item.to === to && item.input === input);
      if (input !== undefined && !taken && (doc.nodes[from]?.outputs.length ?? 0) > 0) doc = link(doc, doc.lastLinkId + 1, from, 0, to, input);
    }
  }
  return doc;
}

it("counts up: what was, less what went, plus what came, is what is", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = numbers(seed);
    const before = grown(EMPTY_DOC, random, 12);
    const after = grown(before, random, 8);
    const there = diffDocs(before, after);
    const kinds = (kind: string): number => there.nodes.filter((node) => node.kind === kind).length;
    const wires = (kind: string): number => there.links.filter((item) => linkKind(item) === kind).length;
    expect(Object.keys(after.nodes).length).toBe(Object.keys(before.nodes).length + kinds("added") - kinds("removed"));
    expect(Object.keys(after.links).length).toBe(Object.keys(before.links).length + wires("added") - wires("removed"));
    expect(isSame(diffDocs(after, after))).toBe(true);
    // The way back is the same the other way round.
    const back = diffDocs(after, before);
    expect(back.nodes.filter((node) => node.kind === "added").length).toBe(kinds("removed"));
    expect(back.links.length).toBe(there.links.length);
  }
});
