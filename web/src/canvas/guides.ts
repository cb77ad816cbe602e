/** While something is dragged it catches on the lines of its neighbours; the grid comes first, the neighbours after it. */
import { around, caught } from "@/model/align";
import { frameOf, type Box } from "@/model/grouping";
import type { Doc, Point } from "@/model/types";

import { bendOf, groupOf } from "./derive";
import { hands } from "./hands";
import { hasGuides } from "./preferences";
import { boxOf, currentZoom, visibleArea } from "./viewport";

/** Pixels on the screen. */
const REACH = 6;
const NO_SHIFT: Point = { x: 0, y: 0 };

let neighbours: readonly Box[] | null = null;

interface Move {
  readonly id: string;
  readonly position: Point;
}

export function caughtByNeighbours(doc: Doc, moves: readonly Move[]): Point {
  if (!hasGuides() || hands.getState().mark === "aim") return NO_SHIFT;
  const moving = around(moves.flatMap((item) => boxAt(doc, item) ?? []));
  if (moving === null) return NO_SHIFT;
  neighbours ??= neighboursOf(doc, new Set(moves.map((item) => item.id)));
  const { shift, guides } = caught(moving, neighbours, REACH / currentZoom());
  if (guides.length > 0 || hands.getState().guides.length > 0) hands.setState({ guides });
  return shift;
}

export function forgetNeighbours(): void {
  neighbours = null;
  if (hands.getState().guides.length > 0) hands.setState({ guides: [] });
}

function boxAt(doc: Doc, { id, position }: Move): Box | null {
  const group = groupOf(id);
  if (bendOf(id) !== null) return { ...position, width: 0, height: 0 };
  const box = group === null ? boxOf(id) : doc.groups[group] === undefined ? null : frameOf(doc.groups[group]);
  return box === null ? null : { ...box, ...position };
}

/** What is in sight and stays; frames that hold what is dragged are no neighbours. */
function neighboursOf(doc: Doc, moving: ReadonlySet<string>): readonly Box[] {
  const area = visibleArea();
  const isSeen = (box: Box): boolean => box.x < area.x + area.width && box.x + box.width > area.x && box.y < area.y + area.height && box.y + box.height > area.y;
  const carriesMore = [...moving].some((id) => groupOf(id) !== null);
  // Bends line up with bends: nodes offer too many lines to something so small.
  const areBends = [...moving].every((id) => bendOf(id) !== null);
  const nodes = carriesMore || areBends ? [] : Object.keys(doc.nodes).filter((id) => !moving.has(id)).flatMap((id) => boxOf(id) ?? []);
  const frames = carriesMore ? Object.values(doc.groups).filter((group) => !moving.has(`group:${group.id}`)).map(frameOf) : [];
  const bends = areBends ? Object.values(doc.reroutes).filter((bend) => !moving.has(`bend:${bend.id}`)).map((bend) => ({ ...bend.position, width: 0, height: 0 })) : [];
  return [...nodes, ...frames, ...bends].filter(isSeen);
}
