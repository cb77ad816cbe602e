/** Wires in the air: lifted off an input, dropped on a socket or on nothing. */
import type { Connection, OnConnectStartParams } from "@xyflow/react";
import type { MouseEvent as ReactMouseEvent } from "react";

import { openPalette, uiStore, type WireEnd } from "@/app/ui";
import { connect, removeLinks, type Wire } from "@/model/actions";
import { currentDoc, transact } from "@/model/document";
import type { DocLink } from "@/model/types";

import { outputHandle } from "./derive";
import { toCanvas } from "./viewport";

/**
 * Pressing on an input that has a wire takes the wire's end in hand: the press is handed on to the socket
 * at its other end. Not possible (false) while that node is out of sight.
 */
export function liftWire(link: DocLink, event: ReactMouseEvent): boolean {
  if (event.button !== 0) return false;
  const selector = `.react-flow__handle[data-nodeid="${CSS.escape(link.from)}"][data-handleid="${outputHandle(link.slot)}"]`;
  const origin = document.querySelector(selector);
  if (origin === null) return false;
  uiStore.setState({ lifted: link.id });
  const { clientX, clientY } = event;
  origin.dispatchEvent(new MouseEvent("mousedown", { clientX, clientY, button: 0, bubbles: true, cancelable: true }));
  return true;
}

export function wireEnd({ nodeId, handleId, handleType }: OnConnectStartParams): WireEnd | null {
  const node = nodeId === null ? undefined : currentDoc().nodes[nodeId];
  if (node === undefined || handleId === null) return null;
  if (handleType === "source") {
    const slot = Number(handleId.slice(4));
    return { side: "output", node: node.id, slot, type: node.outputs[slot]?.type ?? "*" };
  }
  const input = handleId.slice(3);
  return { side: "input", node: node.id, input, type: node.inputs.find((socket) => socket.name === input)?.type ?? "*" };
}

export function toWire({ source, sourceHandle, target, targetHandle }: Omit<Connection, "id">): Wire {
  return { from: source, slot: Number((sourceHandle ?? "out:0").slice(4)), to: target, input: (targetHandle ?? "in:").slice(3) };
}

/** The wire landed. A lifted one leaves its old place in the same step. */
export function landWire(wire: Wire): void {
  const { lifted } = uiStore.getState();
  transact("step.connect", (doc) => connect(lifted === null ? doc : removeLinks(doc, [lifted]), wire));
}

/** The wire was let go over nothing: a lifted one is gone, a new one asks what to end in. */
export function dropWire(point: { x: number; y: number }): void {
  const { lifted, wire } = uiStore.getState();
  if (lifted !== null) transact("step.disconnect", (doc) => removeLinks(doc, [lifted]));
  else if (wire !== null) openPalette("nodes", toCanvas(point), wire);
}

export const endWire = (): void => uiStore.setState({ wire: null, lifted: null });
