/** Automatic arrangement from left to right. */
import type { NodeDefs } from "@/formats/definitions";

import { estimatedSize } from "./geometry";
import { fitGroup, membersOf, type Box, type Boxes } from "./grouping";
import type { Job, Places } from "./place";
import type { Doc, NodeId } from "./types";

/** Sizes as they are before anything is drawn. */
const estimatedBoxes = (doc: Doc, defs: NodeDefs): Boxes => (id) => {
  const node = doc.nodes[id];
  return node === undefined ? null : { ...node.position, ...estimatedSize(node, defs[node.type]) };
};

/** What is to be placed. Frames of groups hold their nodes together, but not when only some nodes are arranged. */
function layoutJob(doc: Doc, boxes: Boxes, only?: ReadonlySet<NodeId>): Job {
  const moving = Object.keys(doc.nodes).filter((id) => only === undefined || only.has(id));
  const frames = only === undefined ? framesOf(doc, boxes) : [];
  const home = new Map<NodeId, string>();
  // Of nested frames the innermost counts: larger ones come first.
  for (const { id } of frames) for (const node of membersOf(doc, id, boxes).nodes) home.set(node, id);
  return {
    boxes: moving.map((id) => ({ id, width: boxes(id)?.width ?? 0, height: boxes(id)?.height ?? 0, frame: home.get(id) ?? null })),
    frames,
    arrows: Object.values(doc.links).map((link) => [link.from, link.to] as const),
  };
}

function framesOf(doc: Doc, boxes: Boxes): Job["frames"] {
  const sorted = Object.values(doc.groups).toSorted((a, b) => b.size.width * b.size.height - a.size.width * a.size.height);
  const parents = new Map<string, string>();
  for (const { id } of sorted) for (const inner of membersOf(doc, id, boxes).groups) parents.set(inner, id);
  return sorted.map(({ id }) => ({ id, parent: parents.get(id) ?? null }));
}

/** Nodes at their new places; bends, which would lead nowhere sensible now, are left out of what moved, and frames close around what they held. */
function placed(doc: Doc, found: Places, boxes: Boxes, only?: ReadonlySet<NodeId>): Doc {
  const start = only === undefined ? { x: 0, y: 0 } : cornerOf([...only].flatMap((id) => boxes(id) ?? []));
  const origin = only === undefined ? { x: 0, y: 0 } : cornerOf(Object.values(found).map((at) => ({ ...at, width: 0, height: 0 })));
  const nodes = { ...doc.nodes };
  for (const [id, at] of Object.entries(found)) {
    const node = nodes[id];
    if (node !== undefined && !node.pinned) nodes[id] = { ...node, position: { x: Math.round(at.x + start.x - origin.x), y: Math.round(at.y + start.y - origin.y) } };
  }
  const moved = withoutBends({ ...doc, nodes }, new Set(Object.keys(found)));
  return only === undefined ? withFrames(moved, doc, boxes) : moved;
}

const cornerOf = (boxes: readonly Box[]): { x: number; y: number } => (boxes.length === 0 ? { x: 0, y: 0 } : { x: Math.min(...boxes.map((box) => box.x)), y: Math.min(...boxes.map((box) => box.y)) });

function withoutBends(doc: Doc, moved: ReadonlySet<NodeId>): Doc {
  const bent = Object.values(doc.links).filter((link) => link.reroute !== null && moved.has(link.from) && moved.has(link.to));
  if (bent.length === 0) return doc;
  const links: Doc["links"] = { ...doc.links, ...Object.fromEntries(bent.map((link) => [link.id, { ...link, reroute: null }])) };
  const used = new Set<number>();
  for (const link of Object.values(links)) for (let at = link.reroute; at !== null && !used.has(at); at = doc.reroutes[at]?.parent ?? null) used.add(at);
  return { ...doc, links, reroutes: Object.fromEntries(Object.entries(doc.reroutes).filter(([id]) => used.has(Number(id)))) };
}

/** Each frame around the nodes that it held before. */
function withFrames(doc: Doc, before: Doc, boxes: Boxes): Doc {
  const sorted = Object.values(before.groups).toSorted((a, b) => a.size.width * a.size.height - b.size.width * b.size.height);
  return sorted.reduce((after, group) => {
    const held = membersOf(before, group.id, boxes);
    const nodes = Object.fromEntries(held.nodes.flatMap((id) => (after.nodes[id] === undefined ? [] : [[id, after.nodes[id]]])));
    const groups = Object.fromEntries([...held.groups, group.id].flatMap((id) => (after.groups[id] === undefined ? [] : [[id, after.groups[id]]])));
    if (held.nodes.length === 0) return after;
    const here: Boxes = (id) => {
      const [box, node] = [boxes(id), after.nodes[id]];
      return box === null || node === undefined ? null : { ...box, ...node.position };
    };
    // The frame is made large enough to hold all of it, and then closes.
    const wide = { ...group, position: { x: -1e7, y: -1e7 }, size: { width: 2e7, height: 2e7 } };
    const fitted = fitGroup({ ...after, nodes, reroutes: {}, groups: { ...groups, [group.id]: wide } }, group.id, here).groups[group.id];
    return fitted === undefined ? after : { ...after, groups: { ...after.groups, [group.id]: fitted } };
  }, doc);
}

/** Arranged in a worker, or in a chunk of its own where there are no workers. `boxes` are the sizes as drawn. */
export async function arrangeLater(doc: Doc, defs: NodeDefs, only?: ReadonlySet<NodeId>, boxes: Boxes = estimatedBoxes(doc, defs)): Promise<(doc: Doc) => Doc> {
  const found = await placeLater(layoutJob(doc, boxes, only));
  return (now) => placed(now, found, boxes, only);
}

async function placeLater(job: Job): Promise<Places> {
  if (typeof Worker === "undefined") return (await import("./place")).place(job);
  const worker = new Worker(new URL("../workers/layout.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<Places>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Places>) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "the arranging worker stopped"));
      worker.postMessage(job);
    });
  } finally {
    worker.terminate();
  }
}
