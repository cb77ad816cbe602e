/** The order in which Tab goes through the nodes: from left to right, as of the last time that nodes came or went. */
import type { Doc, DocNode, NodeId, Point } from "@/model/types";

const byPlace = (a: { readonly position: Point }, b: { readonly position: Point }): number => a.position.x - b.position.x || a.position.y - b.position.y;

/** Moving a node leaves the order alone: elements that change places lose the focus. */
export function createReadingOrder(): (nodes: Doc["nodes"]) => readonly DocNode[] {
  let order: readonly NodeId[] = [];
  return (nodes) => {
    const known = order.flatMap((id) => nodes[id] ?? []);
    const count = Object.keys(nodes).length;
    if (known.length === order.length && count === order.length) return known;
    const sorted = Object.values(nodes).toSorted(byPlace);
    order = sorted.map((node) => node.id);
    return sorted;
  };
}

export const bendIds = ({ reroutes }: Pick<Doc, "reroutes">): readonly number[] => Object.keys(reroutes).map(Number);
