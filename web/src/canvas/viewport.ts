/** The one handle on the view for those who are not part of the canvas. */
import type { ReactFlowInstance } from "@xyflow/react";

import { uiStore } from "@/app/ui";
import { select } from "@/model/document";
import type { NodeId, Point } from "@/model/types";

import type { CanvasEdge, CanvasNode } from "./derive";

type Flow = ReactFlowInstance<CanvasNode, CanvasEdge>;

const FIT = { padding: 0.06, maxZoom: 1.1 };

let flow: Flow | null = null;

export function holdView(instance: Flow): void {
  flow = instance;
}

const motion = (): number => (window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150);

export function fitView(animate = true): void {
  void flow?.fitView({ ...FIT, duration: animate ? motion() : 0 });
}

export const zoomBy = (factor: number): void => void flow?.zoomTo(flow.getZoom() * factor, { duration: motion() });
export const zoomReset = (): void => void flow?.zoomTo(1, { duration: motion() });

export function viewCenter(): Point {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (flow === null || pane === undefined) return { x: 0, y: 0 };
  return flow.screenToFlowPosition({ x: pane.left + pane.width / 2, y: pane.top + pane.height / 2 });
}

export const toCanvas = (point: Point): Point => flow?.screenToFlowPosition(point) ?? point;

export function boxOf(id: NodeId): { x: number; y: number; width: number; height: number } | null {
  const node = flow?.getInternalNode(id);
  if (node === undefined) return null;
  const { x, y } = node.internals.positionAbsolute;
  return { x, y, width: node.measured.width ?? node.initialWidth ?? 0, height: node.measured.height ?? node.initialHeight ?? 0 };
}

/** Goes to a node, selects it and lets it flash. */
export function showNode(id: NodeId): void {
  select({ nodes: [id] });
  uiStore.setState({ flashed: id });
  setTimeout(() => uiStore.setState((state) => (state.flashed === id ? { flashed: null } : {})), 900);
  void flow?.fitView({ nodes: [{ id }], maxZoom: 1, padding: 0.4, duration: motion() });
}

export const currentView = (): { scale: number; offset: [number, number] } | undefined => {
  if (flow === null) return undefined;
  const { x, y, zoom } = flow.getViewport();
  return { scale: zoom, offset: [x / zoom, y / zoom] };
};
