/** The one handle on the view for those who are not part of the canvas. */
import { getViewportForBounds, type ReactFlowInstance } from "@xyflow/react";
import { flushSync } from "react-dom";

import { uiStore } from "@/app/ui";
import { currentDefs } from "@/app/session";
import { currentDoc, currentPath, goTo, select } from "@/model/document";
import { executionId, splitExecutionId } from "@/model/pages";
import { estimatedSize } from "@/model/geometry";
import type { NodeId, Point } from "@/model/types";

import type { CanvasEdge, CanvasNode } from "./derive";
import { decideFar, farStore } from "./far";
import { sizesHere } from "./measured";

type Flow = ReactFlowInstance<CanvasNode, CanvasEdge>;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const MIN_ZOOM = 0.08;

let flow: Flow | null = null;

export function holdView(instance: Flow): void {
  flow = instance;
}

const motion = (): number => (window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150);

/** Nodes out of sight are not mounted, so their sizes are those of the document. */
export function boxOf(id: NodeId): Box | null {
  const node = currentDoc().nodes[id];
  if (node === undefined) return null;
  const size = sizesHere().get(id) ?? estimatedSize(node, currentDefs()[node.type]);
  return { ...node.position, width: size.width, height: size.height };
}

function around(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  return { x, y, width, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

function look(bounds: Box | null, maxZoom: number, padding: number, duration: number): void {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (flow === null || bounds === null || pane === undefined) return;
  const view = getViewportForBounds(bounds, pane.width, pane.height, MIN_ZOOM, maxZoom, padding);
  const wasFar = farStore.getState().isFar;
  // The nodes are gone before so many of them come into sight, and come back when few of them are.
  if (!wasFar) flushSync(() => decideFar(view.zoom));
  const isFar = farStore.getState().isFar;
  void flow.setViewport(view, { duration: wasFar || isFar ? 0 : duration });
  if (wasFar) decideFar(view.zoom);
}

export function fitView(animate = true): void {
  const { nodes, groups } = currentDoc();
  const frames = Object.values(groups).map(({ position, size }) => ({ ...position, ...size }));
  const bounds = around([...Object.keys(nodes).flatMap((id) => boxOf(id) ?? []), ...frames]);
  look(bounds, 1.1, 0.06, animate ? motion() : 0);
}

export const zoomBy = (factor: number): void => void flow?.zoomTo(flow.getZoom() * factor, { duration: motion() });
export const zoomReset = (): void => void flow?.zoomTo(1, { duration: motion() });

export function viewCenter(): Point {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (flow === null || pane === undefined) return { x: 0, y: 0 };
  return flow.screenToFlowPosition({ x: pane.left + pane.width / 2, y: pane.top + pane.height / 2 });
}

export const toCanvas = (point: Point): Point => flow?.screenToFlowPosition(point) ?? point;

/** Goes to a node by its execution id, into the subgraph where it stands. */
export function showExecuted(id: string): void {
  const { path, node } = splitExecutionId(id);
  if (executionId(path, node) === executionId(currentPath(), node)) return showNode(node);
  goTo(path);
  // The page has to be there before it can be looked at.
  requestAnimationFrame(() => showNode(node));
}

/** Goes to a node of this page, selects it and lets it flash. */
export function showNode(id: NodeId): void {
  select({ nodes: [id] });
  uiStore.setState({ flashed: id });
  setTimeout(() => uiStore.setState((state) => (state.flashed === id ? { flashed: null } : {})), 900);
  look(boxOf(id), 1, 0.4, motion());
}

export const currentView = (): { scale: number; offset: [number, number] } | undefined => {
  if (flow === null) return undefined;
  const { x, y, zoom } = flow.getViewport();
  return { scale: zoom, offset: [x / zoom, y / zoom] };
};

/** Goes back to what `currentView` gave. */
export function showView({ scale, offset: [x, y] }: { readonly scale: number; readonly offset: readonly [number, number] }): void {
  decideFar(scale);
  void flow?.setViewport({ x: x * scale, y: y * scale, zoom: scale });
}

/** The node at a point of the canvas, for drawings that have no elements; of several the one that is drawn last. */
export function nodeAt({ x, y }: Point): NodeId | null {
  const found = Object.keys(currentDoc().nodes).findLast((id) => {
    const box = boxOf(id);
    return box !== null && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
  });
  return found ?? null;
}
