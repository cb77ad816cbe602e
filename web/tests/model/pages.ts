/** Small documents with subgraphs, for tests. */
import { toApi } from "@/formats/convert";
import { readCanvas } from "@/formats/file";
import type { Json } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import * as actions from "@/model/actions";
import { EMPTY_DOC, type Doc, type NodeId } from "@/model/types";
import { wrap, type Wrapped } from "@/model/wrap";

import { defs } from "../definitions";

export const add = (doc: Doc, type: string, x: number, y = 0): Doc => actions.addNode(doc, defs, type, { x, y }).doc;
export const wire = (doc: Doc, from: NodeId, slot: number, to: NodeId, input: string): Doc => actions.connect(doc, { from, slot, to, input });

/** 1 loads, 2 samples, 3 scales, 4 saves. */
export function chain(): Doc {
  let doc = add(add(add(add(EMPTY_DOC, "Loader", 0), "Sampler", 400), "Scale", 800), "Save", 1200);
  doc = wire(wire(wire(doc, "1", 0, "2", "model"), "2", 0, "3", "samples"), "3", 0, "4", "samples");
  return actions.setValue(actions.setValue(doc, "2", "steps", 7), "2", "control:seed", "fixed");
}

export function wrapped(doc: Doc, nodes: readonly NodeId[], id = "sub", name = "Sub"): Wrapped {
  const made = wrap(doc, defs, { nodes, groups: [] }, name, id);
  if (made === null) throw new Error("nothing to wrap");
  return made;
}

export function promptOf(doc: Doc): Record<string, { readonly class_type: string; readonly inputs: Record<string, Json> }> {
  return toApi(readCanvas(writeDocument(doc, defs)), defs, { random: () => 0, now: new Date(0) }).prompt;
}

/** A prompt whose nodes are called by their inner ids alone. */
export function flatPrompt(doc: Doc): Json {
  const last = (id: string): string => id.split(":").at(-1) ?? id;
  const flat = (value: Json): Json => (Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && typeof value[1] === "number" ? [last(value[0]), value[1]] : value);
  return Object.fromEntries(
    Object.entries(promptOf(doc)).map(([id, node]) => [last(id), { class_type: node.class_type, inputs: Object.fromEntries(Object.entries(node.inputs).map(([name, value]) => [name, flat(value)])) }]),
  );
}

/** Wires by what they join. */
export const wiresOf = (doc: Pick<Doc, "links">): readonly string[] => Object.values(doc.links).map((link) => `${link.from}.${link.slot} > ${link.to}.${link.input}`).sort();
