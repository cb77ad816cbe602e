/** Automatic arrangement from left to right. */
import { Graph, layout } from "@dagrejs/dagre";

import type { NodeDefs } from "@/formats/definitions";

import { estimatedSize } from "./geometry";
import type { Doc, NodeId } from "./types";

const GAP = { ranksep: 64, nodesep: 36, marginx: 40, marginy: 40 };

export function arrange(doc: Doc, defs: NodeDefs, only?: ReadonlySet<NodeId>): Doc {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ...GAP });
  graph.setDefaultEdgeLabel(() => ({}));
  const moving = Object.values(doc.nodes).filter((node) => only === undefined || only.has(node.id));
  for (const node of moving) graph.setNode(node.id, { ...estimatedSize(node, defs[node.type]) });
  for (const link of Object.values(doc.links))
    if (graph.hasNode(link.from) && graph.hasNode(link.to)) graph.setEdge(link.from, link.to);
  layout(graph);
  const nodes = { ...doc.nodes };
  for (const node of moving) {
    const placed = graph.node(node.id) as { x: number; y: number; width: number; height: number };
    nodes[node.id] = { ...node, position: { x: Math.round(placed.x - placed.width / 2), y: Math.round(placed.y - placed.height / 2) } };
  }
  return { ...doc, nodes };
}
