/** From node to node along the wires, or to the next one above or below. */
import { linkIndex } from "@/model/links";
import type { Box, Boxes } from "@/model/grouping";
import type { Doc, NodeId } from "@/model/types";

export type Way = "left" | "right" | "up" | "down";

/** The node that is next in this direction, or null. */
export function nextNode(doc: Doc, from: NodeId, way: Way, boxes: Boxes): NodeId | null {
  return way === "left" || way === "right" ? along(doc, from, way) : beside(doc, from, way, boxes);
}

/** The first socket with a wire decides. */
function along(doc: Doc, from: NodeId, way: "left" | "right"): NodeId | null {
  const { into, outOf } = linkIndex(doc.links);
  const node = doc.nodes[from];
  if (node === undefined) return null;
  if (way === "left") return node.inputs.flatMap((input) => into.get(`${from}|${input.name}`)?.from ?? [])[0] ?? null;
  return node.outputs.flatMap((_output, slot) => outOf.get(`${from}|${slot}`) ?? [])[0]?.to ?? null;
}

/** Nodes that share a neighbour come first, then whatever is nearest. */
function beside(doc: Doc, from: NodeId, way: "up" | "down", boxes: Boxes): NodeId | null {
  const here = boxes(from);
  if (here === null) return null;
  const sign = way === "up" ? -1 : 1;
  const family = siblings(doc, from);
  const found = Object.keys(doc.nodes).flatMap((id) => {
    const box = id === from ? null : boxes(id);
    const step = box === null ? 0 : (box.y - here.y) * sign;
    return box === null || step <= 0 ? [] : [{ id, cost: cost(box, here) + (family.has(id) ? 0 : 1e6) }];
  });
  return found.toSorted((a, b) => a.cost - b.cost)[0]?.id ?? null;
}

const cost = (a: Box, b: Box): number => Math.abs(a.y - b.y) + 2 * Math.abs(a.x - b.x);

function siblings(doc: Doc, id: NodeId): ReadonlySet<NodeId> {
  const links = Object.values(doc.links);
  const sources = new Set(links.filter((link) => link.to === id).map((link) => link.from));
  const targets = new Set(links.filter((link) => link.from === id).map((link) => link.to));
  return new Set([...links.filter((link) => sources.has(link.from)).map((link) => link.to), ...links.filter((link) => targets.has(link.to)).map((link) => link.from)]);
}
