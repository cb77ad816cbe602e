/** Pressing on the drawing: it has no elements, so what is under the pointer is found by its place. */
import type { PointerEvent as ReactPointerEvent } from "react";

import { moveNodes } from "@/model/actions";
import { beginGesture, currentDoc, currentSelection, endGesture, select, transact } from "@/model/document";
import type { NodeId, Point } from "@/model/types";

import { farStore, type Area } from "./far";
import { follow } from "./follow";
import { boxOf, nodeAt, toCanvas } from "./viewport";

const GRID = 4;

export function pressFar(event: ReactPointerEvent): void {
  const isOnDrawing = event.target instanceof Element && event.target.closest(".react-flow__pane") !== null;
  if (!farStore.getState().isFar || event.button !== 0 || !isOnDrawing) return;
  event.stopPropagation();
  event.preventDefault();
  const from = { x: event.clientX, y: event.clientY };
  const isAdding = event.shiftKey || event.ctrlKey || event.metaKey;
  const node = nodeAt(toCanvas(from));
  if (node === null) boxSelect(from, isAdding ? currentSelection().nodes : []);
  else pressNode(node, from, isAdding);
}

function pressNode(node: NodeId, from: Point, isAdding: boolean): void {
  const before = currentSelection().nodes;
  const chosen = before.includes(node) ? before : isAdding ? [...before, node] : [node];
  select({ nodes: chosen });
  const places = Object.fromEntries(chosen.flatMap((id) => (currentDoc().nodes[id] === undefined ? [] : [[id, currentDoc().nodes[id]?.position ?? { x: 0, y: 0 }] as const])));
  const start = toCanvas(from);
  const snap = (value: number): number => Math.round(value / GRID) * GRID;
  let isDragging = false;
  const move = (to: Point): void => {
    if (!isDragging) beginGesture("step.move");
    isDragging = true;
    const now = toCanvas(to);
    const moved = Object.entries(places).map(([id, at]) => [id, { x: snap(at.x + now.x - start.x), y: snap(at.y + now.y - start.y) }] as const);
    transact("step.move", (doc) => moveNodes(doc, Object.fromEntries(moved)));
  };
  const end = (): void => {
    if (isDragging) endGesture();
    else if (!isAdding) select({ nodes: [node] });
  };
  follow(from, { move, end: (at, isMoved) => { if (isMoved) move(at); end(); }, cancel: end });
}

function boxSelect(from: Point, before: readonly NodeId[]): void {
  const start = toCanvas(from);
  select({ nodes: before });
  const move = (to: Point): void => {
    const now = toCanvas(to);
    const box = { x: Math.min(start.x, now.x), y: Math.min(start.y, now.y), width: Math.abs(now.x - start.x), height: Math.abs(now.y - start.y) };
    farStore.setState({ box });
    const inside = Object.keys(currentDoc().nodes).filter((id) => touches(boxOf(id), box));
    select({ nodes: [...new Set([...before, ...inside])] });
  };
  const end = (): void => farStore.setState({ box: null });
  follow(from, { move, end: (at, isMoved) => { if (isMoved) move(at); end(); }, cancel: end });
}

const touches = (a: Area | null, b: Area): boolean => a !== null && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
