/** Pressing on the drawing: it has no elements, so what is under the pointer is found by its place. */
import type { PointerEvent as ReactPointerEvent } from "react";

import { moveNodes } from "@/model/actions";
import { beginGesture, currentDoc, currentSelection, endGesture, select, transact } from "@/model/document";
import type { NodeId, Point } from "@/model/types";

import { farStore, type Area } from "./far";
import { boxOf, nodeAt, toCanvas } from "./viewport";

/** Pixels before a press counts as a drag. */
const SLACK = 4;
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
  follow(from, {
    move: (to) => {
      if (!isDragging) beginGesture("step.move");
      isDragging = true;
      const now = toCanvas(to);
      const moved = Object.entries(places).map(([id, at]) => [id, { x: snap(at.x + now.x - start.x), y: snap(at.y + now.y - start.y) }] as const);
      transact("step.move", (doc) => moveNodes(doc, Object.fromEntries(moved)));
    },
    end: () => {
      if (isDragging) endGesture();
      else if (!isAdding) select({ nodes: [node] });
    },
  });
}

function boxSelect(from: Point, before: readonly NodeId[]): void {
  const start = toCanvas(from);
  select({ nodes: before });
  follow(from, {
    move: (to) => {
      const now = toCanvas(to);
      const box = { x: Math.min(start.x, now.x), y: Math.min(start.y, now.y), width: Math.abs(now.x - start.x), height: Math.abs(now.y - start.y) };
      farStore.setState({ box });
      const inside = Object.keys(currentDoc().nodes).filter((id) => touches(boxOf(id), box));
      select({ nodes: [...new Set([...before, ...inside])] });
    },
    end: () => farStore.setState({ box: null }),
  });
}

const touches = (a: Area | null, b: Area): boolean => a !== null && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

interface Follower {
  readonly move: (to: Point) => void;
  readonly end: () => void;
}

/** The pointer until it is let go, at most once a frame. */
function follow(from: Point, { move, end }: Follower): void {
  let latest: Point = from;
  let frame = 0;
  let isMoved = false;
  const flush = (): void => {
    frame = 0;
    move(latest);
  };
  const onMove = (event: PointerEvent): void => {
    latest = { x: event.clientX, y: event.clientY };
    if (!isMoved && Math.hypot(latest.x - from.x, latest.y - from.y) < SLACK) return;
    isMoved = true;
    if (frame === 0) frame = requestAnimationFrame(flush);
  };
  const onEnd = (): void => {
    window.removeEventListener("pointermove", onMove);
    window.removeEventListener("pointerup", onEnd);
    window.removeEventListener("pointercancel", onEnd);
    if (frame !== 0) {
      cancelAnimationFrame(frame);
      flush();
    }
    end();
  };
  window.addEventListener("pointermove", onMove);
  window.addEventListener("pointerup", onEnd);
  window.addEventListener("pointercancel", onEnd);
}
