/** Files made for denser nodes: moves down whatever our taller nodes would now cover. */
import type { NodeDefs } from "@/formats/definitions";

import { estimatedSize } from "./geometry";
import type { Doc, DocNode, Size } from "./types";

const GAP = 20;
/** Above this many nodes the quadratic pass would be felt. */
const LIMIT = 1500;

export function spread(doc: Doc, defs: NodeDefs): Doc {
  const sorted = Object.values(doc.nodes).sort((a, b) => a.position.y - b.position.y);
  if (sorted.length > LIMIT) return doc;
  const placed: { node: DocNode; size: Size; from: DocNode }[] = [];
  const nodes = { ...doc.nodes };
  for (const node of sorted) {
    const size = estimatedSize(node, defs[node.type]);
    let y = node.position.y;
    for (const above of placed) {
      if (!sideBySide(above.node, above.size, node, size) && !coveredBefore(above.from, node)) {
        const bottom = above.node.position.y + above.size.height;
        if (y < bottom) y = bottom + GAP;
      }
    }
    const moved = y === node.position.y ? node : { ...node, position: { x: node.position.x, y } };
    nodes[node.id] = moved;
    placed.push({ node: moved, size, from: node });
  }
  return { ...doc, nodes };
}

function sideBySide(a: DocNode, aSize: Size, b: DocNode, bSize: Size): boolean {
  return a.position.x + aSize.width <= b.position.x || b.position.x + bSize.width <= a.position.x;
}

/** Nodes that were stacked on purpose stay so. */
function coveredBefore(above: DocNode, below: DocNode): boolean {
  return below.position.y < above.position.y + above.size.height - GAP;
}
