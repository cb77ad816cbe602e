/** Pressing on the drawing: it has no elements, so what is under the pointer is found by its place. */
import type { PointerEvent as ReactPointerEvent } from "react";

import { moveNodes } from "@/model/actions";
import { beginGesture, currentDoc, currentSelection, endGesture, NOTHING, select, transact } from "@/model/document";
import { moveBends } from "@/model/reroutes";
import type { NodeId, Point } from "@/model/types";

import { farStore, type Area } from "./far";
import { bendIdAt, wireIdAt } from "./farHere";
import { follow } from "./follow";
import { bendAt, linksOfStretch } from "./linkActions";
import { boxOf, nodeAt, showNode, toCanvas } from "./viewport";

const GRID = 4;

const isOnDrawing = (target: EventTarget | null): boolean => target instanceof Element && target.closest(".react-flow__pane") !== null;

export function pressFar(event: ReactPointerEvent): void {
  if (!farStore.getState().isFar || event.button !== 0 || !isOnDrawing(event.target)) return;
  event.stopPropagation();
  event.preventDefault();
  const from = { x: event.clientX, y: event.clientY };
  const isAdding = event.shiftKey || event.ctrlKey || event.metaKey;
  const at = toCanvas(from);
  const bend = bendIdAt(at);
  const node = nodeAt(at);
  if (bend !== null) pressBend(bend, from, isAdding);
  else if (node !== null) pressNode(node, from, isAdding);
  else if (event.altKey && wireIdAt(at) !== null) clickWire(from, () => bendAt(wireIdAt(at) ?? "", at));
  else boxSelect(from, isAdding);
}

/** What a double click means where there is something; false on free ground. */
export function doubleClickFar(at: Point): boolean {
  const node = nodeAt(at);
  const wire = bendIdAt(at) === null ? wireIdAt(at) : null;
  if (node !== null) showNode(node);
  else if (wire !== null) bendAt(wire, at);
  return node !== null || wire !== null || bendIdAt(at) !== null;
}

function clickWire(from: Point, act: () => void): void {
  follow(from, { move: () => undefined, end: (_at, isMoved) => { if (!isMoved) act(); }, cancel: () => undefined });
}

function pressBend(bend: number, from: Point, isAdding: boolean): void {
  const before = currentSelection().bends;
  const chosen = before.includes(bend) ? before : isAdding ? [...before, bend] : [bend];
  select({ bends: chosen });
  const places = chosen.flatMap((id) => (currentDoc().reroutes[id] === undefined ? [] : [[id, currentDoc().reroutes[id]?.position ?? from] as const]));
  dragAlong(from, (by) => transact("step.move", (doc) => moveBends(doc, Object.fromEntries(places.map(([id, at]) => [id, { x: snap(at.x + by.x), y: snap(at.y + by.y) }])))), () => {
    if (!isAdding) select({ bends: [bend] });
  });
}

const snap = (value: number): number => Math.round(value / GRID) * GRID;

/** One step for the whole way; `click` is for a press that did not move. */
function dragAlong(from: Point, moveBy: (by: Point) => void, click: () => void): void {
  const start = toCanvas(from);
  let isDragging = false;
  const move = (to: Point): void => {
    if (!isDragging) beginGesture("step.move");
    isDragging = true;
    const now = toCanvas(to);
    moveBy({ x: now.x - start.x, y: now.y - start.y });
  };
  const end = (): void => {
    if (isDragging) endGesture();
    else click();
  };
  follow(from, { move, end: (at, isMoved) => { if (isMoved) move(at); end(); }, cancel: end });
}

function pressNode(node: NodeId, from: Point, isAdding: boolean): void {
  const before = currentSelection().nodes;
  const chosen = before.includes(node) ? before : isAdding ? [...before, node] : [node];
  select({ nodes: chosen });
  const places = Object.fromEntries(chosen.flatMap((id) => (currentDoc().nodes[id] === undefined ? [] : [[id, currentDoc().nodes[id]?.position ?? { x: 0, y: 0 }] as const])));
  dragAlong(from, (by) => transact("step.move", (doc) => moveNodes(doc, Object.fromEntries(Object.entries(places).map(([id, at]) => [id, { x: snap(at.x + by.x), y: snap(at.y + by.y) }])))), () => {
    if (!isAdding) select({ nodes: [node] });
  });
}

/** A press that stays where it is takes the wire under it. */
function selectWireAt(at: Point, links: readonly number[]): void {
  const wire = wireIdAt(at);
  if (wire !== null) select({ nodes: currentSelection().nodes, links: [...new Set([...links, ...linksOfStretch(wire)])] });
}

function boxSelect(from: Point, isAdding: boolean): void {
  const start = toCanvas(from);
  const { nodes: before, links } = isAdding ? currentSelection() : NOTHING;
  select({ nodes: before, links });
  const move = (to: Point): void => {
    const now = toCanvas(to);
    const box = { x: Math.min(start.x, now.x), y: Math.min(start.y, now.y), width: Math.abs(now.x - start.x), height: Math.abs(now.y - start.y) };
    farStore.setState({ box });
    const inside = Object.keys(currentDoc().nodes).filter((id) => touches(boxOf(id), box));
    select({ nodes: [...new Set([...before, ...inside])] });
  };
  const end = (): void => farStore.setState({ box: null });
  follow(from, { move, end: (at, isMoved) => { if (isMoved) move(at); else selectWireAt(start, links); end(); }, cancel: end });
}

const touches = (a: Area | null, b: Area): boolean => a !== null && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
