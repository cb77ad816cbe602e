/** Boxes and the arrows between them -> places from left to right; boxes of one frame stay together. */
import { Graph, layout } from "@dagrejs/dagre";

export interface Job {
  readonly boxes: readonly { readonly id: string; readonly width: number; readonly height: number; readonly frame: string | null }[];
  readonly frames: readonly { readonly id: string; readonly parent: string | null }[];
  readonly arrows: readonly (readonly [string, string])[];
}

export type Places = Readonly<Record<string, { readonly x: number; readonly y: number }>>;

const GAP = { ranksep: 64, nodesep: 36, marginx: 40, marginy: 40 };
const frameKey = (id: string): string => `frame ${id}`;

export function place({ boxes, frames, arrows }: Job): Places {
  const graph = new Graph({ compound: frames.length > 0 });
  graph.setGraph({ rankdir: "LR", ...GAP });
  graph.setDefaultEdgeLabel(() => ({}));
  const used = new Set(boxes.flatMap(({ frame }) => (frame === null ? [] : [frame])));
  // An empty frame would be a box of no size.
  for (const { id } of frames) if (used.has(id)) graph.setNode(frameKey(id), {});
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { id, frame } of boxes) if (frame !== null) graph.setParent(id, frameKey(frame));
  for (const { id, parent } of frames) if (parent !== null && used.has(id) && used.has(parent)) graph.setParent(frameKey(id), frameKey(parent));
  for (const [from, to] of arrows) if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  layout(graph);
  return Object.fromEntries(
    boxes.map(({ id, width, height }) => {
      const { x, y } = graph.node(id) as { x: number; y: number };
      return [id, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }];
    }),
  );
}
