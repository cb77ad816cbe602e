/** Sockets by their place: where one is on the canvas, and which one is at a point. */
import { HEADER, SLOT_ROW } from "@/model/geometry";
import type { Target } from "@/model/joining";
import type { Doc, Point } from "@/model/types";

import { inputHandle, outputHandle } from "./derive";
import { boxOf, toCanvas } from "./viewport";

const handleId = (target: Target): string => ("slot" in target ? outputHandle(target.slot) : inputHandle(target.input));

function elementOf(target: Target): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.react-flow__handle[data-nodeid="${CSS.escape(target.node)}"][data-handleid="${CSS.escape(handleId(target))}"]`);
}

/** As drawn, or about where it would be drawn. */
export function socketPoint(doc: Doc, target: Target): Point {
  const box = elementOf(target)?.getBoundingClientRect();
  if (box !== undefined) return toCanvas({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
  const node = boxOf(target.node);
  if (node === null) return { x: 0, y: 0 };
  const row = "slot" in target ? target.slot : (doc.nodes[target.node]?.inputs.findIndex((input) => input.name === target.input) ?? 0);
  return { x: "slot" in target ? node.x + node.width : node.x, y: node.y + HEADER + (row + 0.5) * SLOT_ROW };
}

export const socketName = (doc: Doc, target: Target): string => {
  const node = doc.nodes[target.node];
  const socket = "slot" in target ? node?.outputs[target.slot] : node?.inputs.find((input) => input.name === target.input);
  return socket?.label ?? socket?.name ?? "";
};

/** Which socket an element belongs to. */
export function targetOf(element: Element | null): Target | null {
  const handle = element?.closest<HTMLElement>(".react-flow__handle");
  const [node, id] = [handle?.dataset["nodeid"], handle?.dataset["handleid"]];
  if (node === undefined || id === undefined || node.startsWith("bend:")) return null;
  return id.startsWith("out:") ? { node, slot: Number(id.slice(4)) } : { node, input: id.slice(3) };
}

export const nodeIdAt = (point: Point): string | null =>
  document.elementsFromPoint(point.x, point.y).flatMap((element) => element.closest<HTMLElement>(".react-flow__node")?.dataset["id"] ?? []).find((id) => !id.includes(":")) ?? null;

export const targetAt = (point: Point): Target | null => targetOf(document.elementsFromPoint(point.x, point.y).find((element) => element.closest(".react-flow__handle") !== null) ?? null);
