/** Lining up: edges and middles of boxes, equal gaps, and the lines that a dragged box catches on. */
import type { Box } from "./grouping";
import type { NodeId, Point } from "./types";

export type Edge = "left" | "right" | "top" | "bottom" | "centerX" | "centerY";

export interface Placed {
  readonly id: NodeId;
  readonly box: Box;
}

type Places = Readonly<Record<NodeId, Point>>;

const right = ({ x, width }: Box): number => x + width;
const bottom = ({ y, height }: Box): number => y + height;
const places = (items: readonly Placed[], place: (box: Box) => Point): Places => Object.fromEntries(items.map(({ id, box }) => [id, place(box)]));

/** The box that has all others inside. */
export function around(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return { x, y, width: Math.max(...boxes.map(right)) - x, height: Math.max(...boxes.map(bottom)) - y };
}

export function aligned(items: readonly Placed[], edge: Edge): Places {
  const all = around(items.map((item) => item.box));
  if (all === null) return {};
  switch (edge) {
    case "left":
      return places(items, ({ y }) => ({ x: all.x, y }));
    case "right":
      return places(items, ({ y, width }) => ({ x: right(all) - width, y }));
    case "top":
      return places(items, ({ x }) => ({ x, y: all.y }));
    case "bottom":
      return places(items, ({ x, height }) => ({ x, y: bottom(all) - height }));
    case "centerX":
      return places(items, ({ y, width }) => ({ x: Math.round(all.x + all.width / 2 - width / 2), y }));
    case "centerY":
      return places(items, ({ x, height }) => ({ x, y: Math.round(all.y + all.height / 2 - height / 2) }));
  }
}

/** Equal gaps between neighbours; the outermost ones stay where they are. */
export function distributed(items: readonly Placed[], axis: "x" | "y"): Places {
  const length = axis === "x" ? "width" : "height";
  const sorted = items.toSorted((a, b) => a.box[axis] - b.box[axis]);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || sorted.length < 3) return {};
  const taken = sorted.reduce((sum, { box }) => sum + box[length], 0);
  const gap = (last.box[axis] + last.box[length] - first.box[axis] - taken) / (sorted.length - 1);
  let at = first.box[axis];
  const found: Record<NodeId, Point> = {};
  for (const { id, box } of sorted) {
    found[id] = { x: box.x, y: box.y, [axis]: Math.round(at) };
    at += box[length] + gap;
  }
  return { ...found, [last.id]: { x: last.box.x, y: last.box.y } };
}

/** A line that boxes have in common, from one end of them to the other. */
export interface Guide {
  readonly axis: "x" | "y";
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface Caught {
  readonly shift: Point;
  readonly guides: readonly Guide[];
}

const NOT_CAUGHT: Caught = { shift: { x: 0, y: 0 }, guides: [] };

/** How far a dragged box has to go, at most `reach` either way, to line up with others. */
export function caught(box: Box, others: readonly Box[], reach: number): Caught {
  const [dx, dy] = [nearest(box, others, "x", reach), nearest(box, others, "y", reach)];
  if (dx === null && dy === null) return NOT_CAUGHT;
  const shift = { x: dx ?? 0, y: dy ?? 0 };
  const moved = { ...box, x: box.x + shift.x, y: box.y + shift.y };
  return { shift, guides: [...(dx === null ? [] : guidesOf(moved, others, "x")), ...(dy === null ? [] : guidesOf(moved, others, "y"))] };
}

/** Both edges and the middle; a point has one line alone. */
function lines(box: Box, axis: "x" | "y"): readonly number[] {
  const [at, length] = axis === "x" ? [box.x, box.width] : [box.y, box.height];
  return length === 0 ? [at] : [at, at + length / 2, at + length];
}

function nearest(box: Box, others: readonly Box[], axis: "x" | "y", reach: number): number | null {
  let best: number | null = null;
  const own = lines(box, axis);
  for (const other of others)
    for (const line of lines(other, axis))
      for (const mine of own) {
        const distance = line - mine;
        if (Math.abs(distance) <= reach && (best === null || Math.abs(distance) < Math.abs(best))) best = distance;
      }
  return best;
}

/** Lines closer than this are the same. */
const SAME = 0.5;

function guidesOf(box: Box, others: readonly Box[], axis: "x" | "y"): readonly Guide[] {
  const across = axis === "x" ? "y" : "x";
  return lines(box, axis).flatMap((at): Guide[] => {
    const sharing = others.filter((other) => lines(other, axis).some((line) => Math.abs(line - at) < SAME));
    if (sharing.length === 0) return [];
    const ends = [box, ...sharing].flatMap((item) => lines(item, across));
    return [{ axis, at, from: Math.min(...ends), to: Math.max(...ends) }];
  });
}
