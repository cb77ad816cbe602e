/** The one handle on the view for those who are not part of the canvas. */
import { getViewportForBounds, type ReactFlowInstance, type Viewport } from "@xyflow/react";
import { flushSync } from "react-dom";

import { currentDoc, currentPath, currentSelection, goTo, select } from "@/model/document";
import { executionId, splitExecutionId } from "@/model/pages";
import { around } from "@/model/align";
import { estimatedSize } from "@/model/geometry";
import type { NodeId, Point } from "@/model/types";
import { currentDefs } from "@/session/store";
import { uiStore } from "@/session/ui";

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

export const MIN_ZOOM = 0.08;
export const MAX_ZOOM = 3;

let flow: Flow | null = null;
/** The last look that was asked for before the canvas was there. */
let waiting: (() => void) | null = null;

export function holdView(instance: Flow): void {
  flow = instance;
  const look = waiting;
  waiting = null;
  if (look !== null) requestAnimationFrame(look);
}

const motion = (): number => (window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150);

/** Nodes out of sight are not mounted, so their sizes are those of the document. */
export function boxOf(id: NodeId): Box | null {
  const node = currentDoc().nodes[id];
  if (node === undefined) return null;
  const size = sizesHere().get(id) ?? estimatedSize(node, currentDefs()[node.type]);
  return { ...node.position, width: size.width, height: size.height };
}

function look(bounds: Box | null, maxZoom: number, padding: number, duration: number): void {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (bounds === null) return;
  if (flow === null || pane === undefined) {
    waiting = () => look(bounds, maxZoom, padding, 0);
    return;
  }
  moveView(getViewportForBounds(bounds, pane.width, pane.height, MIN_ZOOM, maxZoom, padding), duration);
}

function moveView(view: Viewport, duration: number): void {
  if (flow === null) return;
  const wasFar = farStore.getState().isFar;
  // The nodes are gone before so many of them come into sight, and come back when few of them are.
  if (!wasFar) flushSync(() => decideFar(view.zoom));
  const isFar = farStore.getState().isFar;
  void flow.setViewport(view, { duration: wasFar || isFar ? 0 : duration });
  if (wasFar) decideFar(view.zoom);
}

export function fitView(animate = true): void {
  look(contentArea(), 1.1, 0.06, animate ? motion() : 0);
}

/** Everything there is on this page. */
export function contentArea(): Box | null {
  const { nodes, groups, reroutes } = currentDoc();
  const frames = Object.values(groups).map(({ position, size }) => ({ ...position, ...size }));
  const bends = Object.values(reroutes).map(({ position }) => ({ ...position, width: 0, height: 0 }));
  return around([...Object.keys(nodes).flatMap((id) => boxOf(id) ?? []), ...frames, ...bends]);
}

/** The selection as large as it may be; nothing selected, everything. */
export function fitSelection(): void {
  const { nodes, groups, bends } = currentSelection();
  const doc = currentDoc();
  const frames = groups.flatMap((id) => (doc.groups[id] === undefined ? [] : [{ ...doc.groups[id].position, ...doc.groups[id].size }]));
  const points = bends.flatMap((id) => (doc.reroutes[id] === undefined ? [] : [{ ...doc.reroutes[id].position, width: 0, height: 0 }]));
  const bounds = around([...nodes.flatMap((id) => boxOf(id) ?? []), ...frames, ...points]);
  if (bounds === null) fitView();
  else look(bounds, 1.5, 0.15, motion());
}

/** Zooms about the middle of the view. */
export function zoomTo(wanted: number): void {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (flow === null || pane === undefined) return;
  const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, wanted));
  const { x, y, zoom: before } = flow.getViewport();
  const [left, top] = [pane.width / 2, pane.height / 2];
  moveView({ x: left - ((left - x) * zoom) / before, y: top - ((top - y) * zoom) / before, zoom }, motion());
}

export const zoomBy = (factor: number): void => zoomTo(currentZoom() * factor);
export const zoomReset = (): void => zoomTo(1);
export const currentZoom = (): number => flow?.getZoom() ?? 1;

/** Puts a point of the canvas into the middle of the view. */
export const centerOn = ({ x, y }: Point, duration = 0): void => void flow?.setCenter(x, y, { zoom: currentZoom(), duration });

export function panBy(dx: number, dy: number): void {
  if (flow === null) return;
  const { x, y, zoom } = flow.getViewport();
  void flow.setViewport({ x: x - dx, y: y - dy, zoom });
}

/** What can be seen of the canvas. */
export function visibleArea(): Box {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (flow === null || pane === undefined) return { x: 0, y: 0, width: 0, height: 0 };
  const { x, y, zoom } = flow.getViewport();
  return { x: -x / zoom, y: -y / zoom, width: pane.width / zoom, height: pane.height / zoom };
}

/** Moves the view only if the point is not well inside it. */
export function reveal(point: Point, margin = 80): void {
  const area = visibleArea();
  const rim = margin / currentZoom();
  const isInside = point.x > area.x + rim && point.x < area.x + area.width - rim && point.y > area.y + rim && point.y < area.y + area.height - rim;
  if (!isInside) centerOn(point, motion());
}

/** Selects a node, brings it into sight and gives it the focus. */
export function focusNode(id: NodeId): void {
  const box = boxOf(id);
  if (box === null) return;
  select({ nodes: [id] });
  reveal({ x: box.x + box.width / 2, y: box.y + Math.min(box.height, 60) / 2 });
  giveFocus(id);
}

/** Gives a node the focus, unless a person is by then at a dialog or a field. */
export function giveFocus(id: NodeId): void {
  const focus = (): void => {
    if (document.activeElement?.closest("[role=dialog], input, textarea, select") != null) return;
    document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  };
  // A node that was out of sight is mounted with the next frames.
  setTimeout(focus, motion() + 50);
}

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
export function showView({ scale, offset: [x, y] }: { readonly scale: number; readonly offset: readonly [number, number] }, animate = true): void {
  decideFar(scale);
  if (flow === null) waiting = () => showView({ scale, offset: [x, y] }, false);
  void flow?.setViewport({ x: x * scale, y: y * scale, zoom: scale }, { duration: !animate || farStore.getState().isFar ? 0 : motion() });
}

/** The node at a point of the canvas, for drawings that have no elements; of several the one that is drawn last. */
export function nodeAt({ x, y }: Point): NodeId | null {
  const found = Object.keys(currentDoc().nodes).findLast((id) => {
    const box = boxOf(id);
    return box !== null && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
  });
  return found ?? null;
}
