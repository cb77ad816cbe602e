/** React Flow's changes -> actions on the document. */
import type { EdgeChange, NodeChange, NodeMouseHandler, OnEdgesChange, OnNodeDrag, OnNodesChange, SelectionDragHandler } from "@xyflow/react";
import type { MouseEvent } from "react";

import { moveNodes } from "@/model/actions";
import { copyText, paste, parseClipboard } from "@/model/clipboard";
import { beginGesture, currentDoc, currentSelection, endGesture, select, transact } from "@/model/document";
import { membersOf, withMembers } from "@/model/grouping";
import { linksThroughAll, moveBends } from "@/model/reroutes";
import type { Doc, NodeId, Point } from "@/model/types";
import { serverDefs } from "@/session/store";

import { bendNodeId, bendOf, BEND_SIZE, groupNodeId, groupOf, type CanvasEdge, type CanvasNode } from "./derive";
import { caughtByNeighbours, forgetNeighbours } from "./guides";
import { measure } from "./measured";
import { gridSize } from "./preferences";
import { aimAtWire, insertAimed } from "./splice";
import { boxOf } from "./viewport";

interface Handlers {
  readonly onNodesChange: OnNodesChange<CanvasNode>;
  readonly onEdgesChange: OnEdgesChange<CanvasEdge>;
  readonly onNodeClick: NodeMouseHandler<CanvasNode>;
  readonly onNodeDragStart: OnNodeDrag<CanvasNode>;
  readonly onNodeDrag: OnNodeDrag<CanvasNode>;
  readonly onNodeDragStop: OnNodeDrag<CanvasNode>;
  readonly onSelectionDragStart: SelectionDragHandler<CanvasNode>;
  readonly onSelectionDragStop: SelectionDragHandler<CanvasNode>;
}

export function createChangeHandlers(): Handlers {
  return {
    onNodesChange: (changes) => {
      measureAll(changes);
      selectNodes(changes);
      move(changes);
    },
    onEdgesChange: selectLinks,
    onNodeClick: (event, { id }) => selectAlone(event, id),
    onNodeDragStart: (event, _node, nodes) => startDrag(event.altKey, nodes),
    onNodeDrag: (event, _node, nodes) => aimAtWire(nodes, event.ctrlKey || event.metaKey),
    onNodeDragStop: (_event, _node, nodes) => stopDrag(nodes),
    onSelectionDragStart: (event, nodes) => startDrag(event.altKey, nodes),
    onSelectionDragStop: (_event, nodes) => stopDrag(nodes),
  };
}

/** What each dragged frame carries along, as it was when the drag began: nothing is picked up on the way. */
let carried: ReadonlyMap<string, Carried> | null = null;

interface Carried {
  readonly from: Point;
  readonly nodes: Readonly<Record<NodeId, Point>>;
  readonly bends: Readonly<Record<number, Point>>;
  readonly groups: Readonly<Record<string, Point>>;
}

/** With Alt a copy stays where the nodes were. */
function startDrag(isCopying: boolean, nodes: readonly CanvasNode[]): void {
  beginGesture("step.move");
  const doc = currentDoc();
  const groups = nodes.flatMap((node) => groupOf(node.id) ?? []);
  if (isCopying) copyInPlace(doc, nodes, groups);
  const own = new Set(nodes.map((node) => node.id));
  carried = new Map(groups.map((id) => [id, carriedBy(doc, id, own)]));
}

function copyInPlace(doc: Doc, nodes: readonly CanvasNode[], groups: readonly string[]): void {
  const members = withMembers(doc, groups, boxOf);
  const ids = [...new Set([...nodes.map((node) => node.id).filter((id) => groupOf(id) === null && bendOf(id) === null), ...members.nodes])];
  const copied = parseClipboard(copyText(doc, serverDefs(), { nodes: ids, groups: members.groups }));
  if (copied !== null) transact("step.duplicate", (before) => paste(before, serverDefs(), copied, null, 0).doc, "step.move");
}

/** Members that are not dragged themselves. */
function carriedBy(doc: Doc, id: string, own: ReadonlySet<string>): Carried {
  const members = membersOf(doc, id, boxOf);
  const at = doc.groups[id]?.position ?? { x: 0, y: 0 };
  return {
    from: at,
    nodes: Object.fromEntries(members.nodes.filter((node) => !own.has(node)).flatMap((node) => (doc.nodes[node] === undefined ? [] : [[node, doc.nodes[node].position]]))),
    bends: Object.fromEntries(members.bends.filter((bend) => !own.has(`bend:${bend}`)).flatMap((bend) => (doc.reroutes[bend] === undefined ? [] : [[bend, doc.reroutes[bend].position]]))),
    groups: Object.fromEntries(members.groups.filter((group) => !own.has(`group:${group}`)).flatMap((group) => (doc.groups[group] === undefined ? [] : [[group, doc.groups[group].position]]))),
  };
}

function stopDrag(nodes: readonly CanvasNode[]): void {
  insertAimed(nodes);
  endGesture();
  carried = null;
  forgetNeighbours();
}

function measureAll(changes: readonly NodeChange<CanvasNode>[]): void {
  measure(
    changes.flatMap((change) =>
      change.type === "dimensions" && change.dimensions !== undefined && change.resizing !== true ? [[change.id, change.dimensions] as const] : [],
    ),
  );
}

function selectNodes(changes: readonly NodeChange<CanvasNode>[]): void {
  const chosen = changes.flatMap((change) => (change.type === "select" ? [change] : []));
  if (chosen.length === 0) return;
  const { nodes, links, groups, bends } = currentSelection();
  const next = { nodes: new Set(nodes), groups: new Set(groups), bends: new Set(bends) };
  const mark = <T>(set: Set<T>, item: T, selected: boolean): unknown => (selected ? set.add(item) : set.delete(item));
  for (const { id, selected } of chosen) {
    const [group, bend] = [groupOf(id), bendOf(id)];
    if (group !== null) mark(next.groups, group, selected);
    else if (bend !== null) mark(next.bends, bend, selected);
    else mark(next.nodes, id, selected);
  }
  select({ nodes: [...next.nodes], groups: [...next.groups], bends: [...next.bends], links });
}

/** A click on one of several chosen leaves it alone chosen; React Flow keeps them all, for a drag. */
function selectAlone(event: MouseEvent, id: string): void {
  const isField = event.target instanceof Element && event.target.closest("button, input, textarea, select, a, [role], .nodrag") !== event.target.closest(".react-flow__node");
  if (isField || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const [group, bend] = [groupOf(id), bendOf(id)];
  select(group !== null ? { groups: [group] } : bend !== null ? { bends: [bend] } : { nodes: [id] });
}

/** A stretch that several wires share stands for all of them. */
function selectLinks(changes: readonly EdgeChange<CanvasEdge>[]): void {
  const chosen = changes.flatMap((change) => (change.type === "select" ? [change] : []));
  if (chosen.length === 0) return;
  const next = new Set(currentSelection().links);
  const doc = currentDoc();
  // What is let go comes first: stretches of a chosen wire are not chosen themselves.
  for (const { id } of chosen.filter((change) => !change.selected)) for (const link of linksThroughAll(doc, bendOf(id), Number(id))) next.delete(link);
  for (const { id } of chosen.filter((change) => change.selected)) for (const link of linksThroughAll(doc, bendOf(id), Number(id))) next.add(link);
  select({ ...currentSelection(), links: [...next] });
}

interface Move {
  readonly id: string;
  readonly position: Point;
}

function placeOf(doc: Doc, id: string): Point | undefined {
  const [group, bend] = [groupOf(id), bendOf(id)];
  return group !== null ? doc.groups[group]?.position : bend !== null ? doc.reroutes[bend]?.position : doc.nodes[id]?.position;
}

function move(changes: readonly NodeChange<CanvasNode>[]): void {
  // What is resized by its left or upper edge moves too, but carries nothing.
  const resized = new Set(changes.flatMap((change) => (change.type === "dimensions" && change.resizing === true ? [change.id] : [])));
  const moves = changes.flatMap((change) => (change.type === "position" && change.position !== undefined && !resized.has(change.id) ? [{ id: change.id, position: atMiddle(change.id, change.position), isDragged: change.dragging === true }] : []));
  const doc = currentDoc();
  const changed = moves.filter(({ id, position }) => {
    const old = placeOf(doc, id);
    return old !== undefined && (old.x !== position.x || old.y !== position.y);
  });
  if (changed.length === 0) return;
  const { x, y } = moves.some((item) => item.isDragged) ? caughtByNeighbours(doc, moves) : { x: 0, y: 0 };
  const caught = moves.map(({ id, position }) => ({ id, position: { x: position.x + x, y: position.y + y } }));
  transact("step.move", (before) => moveAll(before, caught));
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** Pixels of a step where nodes do not stop at a grid; React Flow's own. */
const FREE_STEP = 5;
const LARGE_STEP = 10;

/** The selection by a step of the grid, with Shift by ten; false for other keys and without a selection. */
export function moveByKey({ key, shiftKey, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">): boolean {
  const [way, doc, { nodes, groups, bends }] = [ARROWS[key], currentDoc(), currentSelection()];
  if (way === undefined || ctrlKey || metaKey || altKey) return false;
  const grid = gridSize();
  const step = (grid > 1 ? grid : FREE_STEP) * (shiftKey ? LARGE_STEP : 1);
  const moves = [...nodes, ...groups.map(groupNodeId), ...bends.map(bendNodeId)].flatMap((id): Move[] => {
    const at = placeOf(doc, id);
    return at === undefined ? [] : [{ id, position: { x: Math.round((at.x + way[0] * step) / grid) * grid, y: Math.round((at.y + way[1] * step) / grid) * grid } }];
  });
  if (moves.length > 0) transact("step.move", (before) => moveAll(before, moves));
  return moves.length > 0;
}

/** React Flow places bends by their corner. */
const atMiddle = (id: string, { x, y }: Point): Point => (bendOf(id) === null ? { x, y } : { x: x + BEND_SIZE / 2, y: y + BEND_SIZE / 2 });

function moveAll(doc: Doc, moves: readonly Move[]): Doc {
  const own = new Set(moves.map((item) => item.id));
  const nodes: Record<NodeId, Point> = {};
  const bends: Record<number, Point> = {};
  const groups: Record<string, Point> = {};
  for (const { id, position } of moves) {
    const [group, bend] = [groupOf(id), bendOf(id)];
    if (bend !== null) bends[bend] = position;
    else if (group === null) nodes[id] = position;
    else {
      groups[group] = position;
      carry(carried?.get(group) ?? carriedBy(doc, group, own), position, nodes, bends, groups);
    }
  }
  const moved = moveBends(Object.keys(nodes).length === 0 ? doc : moveNodes(doc, nodes), bends);
  const frames = Object.entries(groups).flatMap(([id, position]) => (moved.groups[id] === undefined ? [] : [[id, { ...moved.groups[id], position }] as const]));
  return frames.length === 0 ? moved : { ...moved, groups: { ...moved.groups, ...Object.fromEntries(frames) } };
}

function carry(what: Carried, to: Point, nodes: Record<NodeId, Point>, bends: Record<number, Point>, groups: Record<string, Point>): void {
  const shifted = ({ x, y }: Point): Point => ({ x: x + to.x - what.from.x, y: y + to.y - what.from.y });
  for (const [id, at] of Object.entries(what.nodes)) nodes[id] ??= shifted(at);
  for (const [id, at] of Object.entries(what.bends)) bends[Number(id)] ??= shifted(at);
  for (const [id, at] of Object.entries(what.groups)) groups[id] ??= shifted(at);
}
