/** Boxes and the arrows between them -> places from left to right. Each frame is arranged by itself, and then as one box. */
import { Graph, layout } from "@dagrejs/dagre";

export interface Job {
  readonly boxes: readonly { readonly id: string; readonly width: number; readonly height: number; readonly frame: string | null }[];
  readonly frames: readonly { readonly id: string; readonly parent: string | null }[];
  readonly arrows: readonly (readonly [string, string])[];
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

export type Places = Readonly<Record<string, Spot>>;

interface Item {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Places of what a frame holds, from its corner. */
  readonly inside: Places | null;
}

const GAP = { ranksep: 64, nodesep: 36 };
const MARGIN = 24;
const TITLE = 36;
const frameKey = (id: string): string => `frame ${id}`;

export function place(job: Job): Places {
  const origin = arranged(job, null, new Set());
  return shifted(origin.inside ?? {}, { x: 40, y: 40 });
}

/** What lies in a frame, or on the bare canvas, with the room that it takes. */
function arranged(job: Job, frame: string | null, outer: ReadonlySet<string>): Item {
  const around = new Set([...outer, ...(frame === null ? [] : [frame])]);
  const frames = job.frames.filter(({ id, parent }) => parent === frame && !around.has(id)).map(({ id }) => arranged(job, id, around));
  const boxes = job.boxes.filter((box) => box.frame === frame).map(({ id, width, height }): Item => ({ id, width, height, inside: null }));
  const items = [...boxes, ...frames.filter((item) => Object.keys(item.inside ?? {}).length > 0)];
  const spots = spotsOf(items, arrowsBetween(items, job.arrows));
  const inside: Record<string, Spot> = {};
  for (const item of items) {
    const at = spots[item.id] ?? { x: 0, y: 0 };
    if (item.inside === null) inside[item.id] = at;
    else Object.assign(inside, shifted(item.inside, at));
  }
  const right = Math.max(0, ...items.map((item) => (spots[item.id]?.x ?? 0) + item.width));
  const bottom = Math.max(0, ...items.map((item) => (spots[item.id]?.y ?? 0) + item.height));
  if (frame === null) return { id: "", width: right, height: bottom, inside };
  return { id: frameKey(frame), width: right + 2 * MARGIN, height: bottom + 2 * MARGIN + TITLE, inside: shifted(inside, { x: MARGIN, y: MARGIN + TITLE }) };
}

const shifted = (places: Places, by: Spot): Places => Object.fromEntries(Object.entries(places).map(([id, { x, y }]) => [id, { x: x + by.x, y: y + by.y }]));

/** Arrows from or to something inside of an item are the item's. */
function arrowsBetween(items: readonly Item[], arrows: Job["arrows"]): Job["arrows"] {
  const owner = new Map<string, string>();
  for (const item of items) for (const id of item.inside === null ? [item.id] : Object.keys(item.inside)) owner.set(id, item.id);
  return arrows.flatMap(([from, to]): [string, string][] => {
    const [a, b] = [owner.get(from), owner.get(to)];
    return a === undefined || b === undefined || a === b ? [] : [[a, b]];
  });
}

function spotsOf(items: readonly Item[], arrows: Job["arrows"]): Places {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ...GAP });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of items) graph.setNode(id, { width, height });
  for (const [from, to] of arrows) graph.setEdge(from, to);
  layout(graph);
  return Object.fromEntries(
    items.map(({ id, width, height }) => {
      const { x, y } = graph.node(id) as Spot;
      return [id, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }];
    }),
  );
}
