/** A small graph for the tests of wires. */
import { addNode, connect } from "@/model/actions";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

/** 1 Loader -> 2 Sampler, 3 Sampler; 2 -> 4 Save. */
export function sample(): Doc {
  let doc: Doc = EMPTY_DOC;
  for (const [type, x, y] of [["Loader", 0, 0], ["Sampler", 400, 0], ["Sampler", 400, 600], ["Save", 800, 0]] as const) doc = addNode(doc, defs, type, { x, y }).doc;
  doc = connect(doc, { from: "1", slot: 0, to: "2", input: "model" });
  doc = connect(doc, { from: "1", slot: 0, to: "3", input: "model" });
  return connect(doc, { from: "2", slot: 0, to: "4", input: "samples" });
}
