import { describe, expect, it } from "vitest";

import { addNode, connect } from "@/model/actions";
import { copyText, joinIncoming, parseClipboard, paste, withIncoming } from "@/model/clipboard";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

/** 1 Loader -> 2 Sampler -> 3 Save. */
function sample(): Doc {
  let doc: Doc = EMPTY_DOC;
  for (const type of ["Loader", "Sampler", "Save"]) doc = addNode(doc, defs, type, { x: 0, y: 0 }).doc;
  doc = connect(doc, { from: "1", slot: 0, to: "2", input: "model" });
  return connect(doc, { from: "2", slot: 0, to: "3", input: "samples" });
}

const wiresInto = (doc: Doc, id: string) => Object.values(doc.links).flatMap(({ from, slot, to, input }) => (to === id ? [{ from, slot, input }] : []));

describe("a copy that is pasted with its incoming wires", () => {
  const doc = sample();
  const source = parseClipboard(copyText(doc, defs, { nodes: ["2", "3"] }, (part) => withIncoming(part, doc)));
  if (source === null) throw new Error("nothing copied");

  it("is fed from where its original is fed, and inside as the original is", () => {
    const pasted = paste(doc, defs, source, null);
    const [sampler, save] = pasted.ids;
    const joined = joinIncoming(pasted.doc, defs, source, pasted);
    expect(wiresInto(joined, sampler ?? "")).toEqual([{ from: "1", slot: 0, input: "model" }]);
    expect(wiresInto(joined, save ?? "")).toEqual([{ from: sampler, slot: 0, input: "samples" }]);
    expect(wiresInto(joined, "2"), "the original keeps its wire").toHaveLength(1);
    expect(wiresInto(pasted.doc, sampler ?? ""), "pasted plainly it has none").toEqual([]);
  });

  it("stays free where there is no such node, or one of another type has its number", () => {
    const empty = paste(EMPTY_DOC, defs, source, null);
    expect(joinIncoming(empty.doc, defs, source, empty)).toBe(empty.doc);
    const other = addNode(EMPTY_DOC, defs, "Save", { x: 0, y: 0 }).doc;
    const beside = paste(other, defs, source, null);
    expect(joinIncoming(beside.doc, defs, source, beside)).toBe(beside.doc);
  });
});
