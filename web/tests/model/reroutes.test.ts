import { describe, expect, it } from "vitest";

import { toApi } from "@/formats/convert";
import { readCanvas } from "@/formats/file";
import { readDocument, writeDocument } from "@/formats/ui04";
import { addNode, connect } from "@/model/actions";
import { addBend, branch, chainOf, moveBends, moveEnd, moveOutput, presentLinks, removeBends, straighten, wiresThrough } from "@/model/reroutes";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

const at = (x: number, y: number) => ({ x, y });

/** Loader -> two samplers -> two savers. */
function sample(): Doc {
  let doc: Doc = EMPTY_DOC;
  for (const type of ["Loader", "Sampler", "Sampler", "Save", "Save"]) doc = addNode(doc, defs, type, at(0, 0)).doc;
  doc = connect(doc, { from: "1", slot: 0, to: "2", input: "model" });
  doc = connect(doc, { from: "1", slot: 0, to: "3", input: "model" });
  doc = connect(doc, { from: "2", slot: 0, to: "4", input: "samples" });
  return connect(doc, { from: "3", slot: 0, to: "5", input: "samples" });
}

const chain = (doc: Doc, link: number): readonly number[] => chainOf(doc, doc.links[link]?.reroute ?? null).map((bend) => bend.id);

describe("bends", () => {
  it("are put at the end of a wire or before another bend", () => {
    const one = addBend(sample(), { link: 1 }, at(10, 10));
    const two = addBend(one.doc, { link: 1 }, at(20, 10));
    const three = addBend(two.doc, { bend: one.id }, at(5, 10));
    expect(chain(three.doc, 1)).toEqual([three.id, one.id, two.id]);
    expect(chain(three.doc, 2)).toEqual([]);
  });
  it("join the wire again when one in the middle is removed", () => {
    let doc = addBend(sample(), { link: 1 }, at(1, 0)).doc;
    doc = addBend(doc, { link: 1 }, at(2, 0)).doc;
    doc = addBend(doc, { link: 1 }, at(3, 0)).doc;
    expect(chain(removeBends(doc, [2]), 1)).toEqual([1, 3]);
    expect(chain(removeBends(doc, [2, 3]), 1)).toEqual([1]);
    expect(removeBends(doc, [1, 2, 3])).toMatchObject({ reroutes: {}, links: { 1: { reroute: null } } });
  });
  it("are shared by a wire that branches off, and go with the last one", () => {
    let doc = addBend(sample(), { link: 1 }, at(1, 0)).doc;
    doc = addNode(doc, defs, "Sampler", at(0, 0)).doc;
    doc = branch(doc, 1, "6", "model");
    expect(wiresThrough(doc, 1).map((link) => link.to)).toEqual(["2", "6"]);
    expect(doc.links[doc.lastLinkId]).toMatchObject({ from: "1", slot: 0, reroute: 1 });
    doc = straighten(doc, [1]);
    expect(Object.keys(doc.reroutes)).toEqual(["1"]);
    expect(straighten(doc, [doc.lastLinkId]).reroutes).toEqual({});
  });
  it("do not branch to where their wire ends already", () => {
    const doc = addBend(sample(), { link: 1 }, at(1, 0)).doc;
    expect(branch(doc, 1, "2", "model")).toBe(doc);
  });
  it("are moved, and stay the same document when they do not move", () => {
    const doc = addBend(sample(), { link: 1 }, at(1, 0)).doc;
    expect(moveBends(doc, { 1: at(1, 0) })).toBe(doc);
    expect(moveBends(doc, { 1: at(7, 8) }).reroutes[1]?.position).toEqual(at(7, 8));
  });
  it("survive a circle in a file", () => {
    const doc = { ...sample(), reroutes: { 1: { id: 1, parent: 2, position: at(0, 0), raw: {} }, 2: { id: 2, parent: 1, position: at(0, 0), raw: {} } } };
    expect(chainOf(doc, 1).map((bend) => bend.id)).toEqual([2, 1]);
    expect(removeBends(doc, [1]).reroutes[2]?.parent).not.toBe(1);
  });
});

describe("moving wires", () => {
  it("takes bends and names along to another input", () => {
    let doc = addBend(sample(), { link: 1 }, at(1, 0)).doc;
    doc = presentLinks(addNode(doc, defs, "Sampler", at(0, 0)).doc, [1], { hidden: true, label: "model" });
    const moved = moveEnd(doc, 1, "6", "model");
    expect(moved.links[1]).toBeUndefined();
    expect(moved.links[moved.lastLinkId]).toMatchObject({ from: "1", to: "6", reroute: 1, hidden: true, label: "model" });
    expect(Object.keys(moved.reroutes)).toEqual(["1"]);
  });
  it("takes all wires of an output to another", () => {
    const doc = addNode(addBend(sample(), { link: 1 }, at(1, 0)).doc, defs, "Loader", at(0, 0)).doc;
    const moved = moveOutput(doc, [doc.links[1], doc.links[2]].flatMap((link) => link ?? []), "6", 0);
    expect([moved.links[1], moved.links[2]].map((link) => link?.from)).toEqual(["6", "6"]);
    expect(moved.links[1]?.reroute).toBe(1);
  });
  it("leaves wires whose type does not fit", () => {
    const doc = addNode(sample(), defs, "Loader", at(0, 0)).doc;
    expect(moveOutput(doc, [doc.links[1]].flatMap((link) => link ?? []), "6", 1)).toBe(doc);
  });
});

/** The same numbers at every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % sides;
  };
}

const prompt = (doc: Doc): string => JSON.stringify(toApi(readCanvas(writeDocument(doc, defs)), defs).prompt);

describe("whatever is done to bends and looks", () => {
  it.each(Array.from({ length: 25 }, (_unused, seed) => seed + 1))("never changes what is computed (%i)", (seed) => {
    const roll = dice(seed);
    const pick = <T>(items: readonly T[]): T | undefined => items[roll(Math.max(1, items.length))];
    let doc = sample();
    const before = prompt(doc);
    for (let step = 0; step < 30; step += 1) {
      const bends = Object.keys(doc.reroutes).map(Number);
      const link = pick(Object.values(doc.links))?.id ?? 1;
      const bend = pick(bends);
      const kind = roll(6);
      if (kind <= 1) doc = addBend(doc, { link }, at(roll(500), roll(500))).doc;
      else if (kind === 2 && bend !== undefined) doc = addBend(doc, { bend }, at(roll(500), roll(500))).doc;
      else if (kind === 3 && bend !== undefined) doc = removeBends(doc, [bend, pick(bends) ?? bend]);
      else if (kind === 4) doc = straighten(doc, [link]);
      else doc = presentLinks(doc, [link], { hidden: roll(2) === 0, label: roll(2) === 0 ? null : "name" });
      expect(prompt(doc)).toBe(before);
      for (const { id, reroute } of Object.values(doc.links)) expect(chain(doc, id).at(-1) ?? null).toBe(reroute);
    }
    const again = readDocument(writeDocument(doc, defs), defs);
    expect(prompt(again)).toBe(before);
    expect(Object.values(again.links).map((item) => [item.reroute, item.hidden, item.label])).toEqual(Object.values(doc.links).map((item) => [item.reroute, item.hidden, item.label]));
  });
});
