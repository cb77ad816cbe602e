/** Groups: what lies in their frames, and what is done with all of it. */
import { MODE, isSide, type Doc, type DocGroup, type DocNode, type NodeId, type Point, type Size } from "./types";

export type Box = Point & Size;
/** Where a node is and how large it is drawn; null for one that does not exist. */
export type Boxes = (id: NodeId) => Box | null;

export interface Members {
  readonly nodes: readonly NodeId[];
  readonly bends: readonly number[];
  /** Frames that lie inside as a whole. */
  readonly groups: readonly string[];
}

const NO_MEMBERS: Members = { nodes: [], bends: [], groups: [] };

export const frameOf = ({ position, size }: DocGroup): Box => ({ ...position, ...size });

const holds = (frame: Box, { x, y }: Point): boolean => x >= frame.x && x <= frame.x + frame.width && y >= frame.y && y <= frame.y + frame.height;
const middle = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });
const area = ({ width, height }: Size): number => width * height;

/** A node belongs to a group when its middle lies inside; so does a smaller frame. */
export function membersOf(doc: Doc, id: string, boxes: Boxes): Members {
  const group = doc.groups[id];
  if (group === undefined) return NO_MEMBERS;
  const frame = frameOf(group);
  const isInside = (box: Box | null): boolean => box !== null && holds(frame, middle(box));
  // Most nodes are told by their corner alone.
  const mayBeInside = ({ position: { x, y } }: DocNode): boolean => x <= frame.x + frame.width && y <= frame.y + frame.height;
  return {
    nodes: Object.values(doc.nodes).filter((node) => mayBeInside(node) && !isSide(node.id) && isInside(boxes(node.id))).map((node) => node.id),
    bends: Object.values(doc.reroutes).filter((bend) => holds(frame, bend.position)).map((bend) => bend.id),
    groups: Object.values(doc.groups).filter((other) => other.id !== id && area(other.size) < area(group.size) && isInside(frameOf(other))).map((other) => other.id),
  };
}

/** Members of several groups and these groups themselves, each once. */
export function withMembers(doc: Doc, ids: readonly string[], boxes: Boxes): Members {
  const all = ids.map((id) => membersOf(doc, id, boxes));
  const once = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
  return { nodes: once(all.flatMap((found) => found.nodes)), bends: once(all.flatMap((found) => found.bends)), groups: once([...ids, ...all.flatMap((found) => found.groups)]) };
}

const MARGIN = 24;
const TITLE = 36;

/** The frame that has these boxes inside, with room for its title. */
function frameAround(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x)) - MARGIN;
  const y = Math.min(...boxes.map((box) => box.y)) - MARGIN - TITLE;
  const width = Math.max(...boxes.map((box) => box.x + box.width)) + MARGIN - x;
  return { x, y, width, height: Math.max(...boxes.map((box) => box.y + box.height)) + MARGIN - y };
}

/** The frame closes around what lies in it; an empty one stays. */
export function fitGroup(doc: Doc, id: string, boxes: Boxes): Doc {
  const group = doc.groups[id];
  const { nodes, bends, groups } = membersOf(doc, id, boxes);
  const inside = [
    ...nodes.flatMap((node) => boxes(node) ?? []),
    ...bends.flatMap((bend) => (doc.reroutes[bend] === undefined ? [] : [{ x: doc.reroutes[bend].position.x, y: doc.reroutes[bend].position.y, width: 0, height: 0 }])),
    ...groups.flatMap((other) => (doc.groups[other] === undefined ? [] : [frameOf(doc.groups[other])])),
  ];
  const frame = frameAround(inside);
  return group === undefined || frame === null ? doc : placeGroup(doc, id, frame);
}

export function placeGroup(doc: Doc, id: string, { x, y, width, height }: Box): Doc {
  const group = doc.groups[id];
  return group === undefined ? doc : { ...doc, groups: { ...doc.groups, [id]: { ...group, position: { x, y }, size: { width, height } } } };
}

export const isLocked = ({ raw }: DocGroup): boolean => {
  const flags = raw["flags"];
  return typeof flags === "object" && flags !== null && !Array.isArray(flags) && (flags as Readonly<Record<string, unknown>>)["pinned"] === true;
};

export function lockGroups(doc: Doc, ids: readonly string[], locked: boolean): Doc {
  const groups = { ...doc.groups };
  for (const id of ids) {
    const group = groups[id];
    if (group === undefined) continue;
    const flags = group.raw["flags"];
    const others = typeof flags === "object" && flags !== null && !Array.isArray(flags) ? flags : {};
    groups[id] = { ...group, raw: { ...group.raw, flags: { ...others, pinned: locked } } };
  }
  return { ...doc, groups };
}

/** What a group does as a whole: all of its nodes alike, or a mixture. */
export function modeOf(doc: Doc, nodes: readonly NodeId[]): number | null {
  const modes = new Set(nodes.flatMap((id) => doc.nodes[id]?.mode ?? []));
  const [first] = modes;
  return modes.size === 1 && first !== undefined ? first : null;
}

/** The nodes to be run so that everything in here runs: those whose results no other one in here takes, as far as they run at all. */
export function endsOf(doc: Doc, nodes: readonly NodeId[], isOutput: (id: NodeId) => boolean): readonly NodeId[] {
  const active = nodes.filter((id) => doc.nodes[id]?.mode === MODE.always);
  const outputs = active.filter(isOutput);
  if (outputs.length > 0) return outputs;
  const inside = new Set(active);
  const fed = new Set(Object.values(doc.links).flatMap((link) => (inside.has(link.from) && inside.has(link.to) ? [link.from] : [])));
  return active.filter((id) => !fed.has(id) && (doc.nodes[id]?.outputs.length ?? 0) > 0);
}
