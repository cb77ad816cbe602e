/** Wires in the air: lifted off an input, pulled out of a socket or a bend, dropped on a socket or on nothing. */
import type { Connection, OnConnectStartParams } from "@xyflow/react";
import type { MouseEvent as ReactMouseEvent } from "react";

import type { MessageKey } from "@/i18n";
import { currentDefs } from "@/session/store";
import { connect, removeLinks, type Wire } from "@/model/actions";
import { currentDoc, transact } from "@/model/document";
import { bestWire } from "@/model/joining";
import { inputType, mayConnect, outputType } from "@/model/matching";
import { connectAtEdge, NEW_PORT, portsOf } from "@/model/ports";
import { ledOutside } from "@/model/promote";
import { branch, moveEnd, wiresThrough } from "@/model/reroutes";
import { INPUT_SIDE, OUTPUT_SIDE, type Doc, type DocLink } from "@/model/types";
import { openPalette, uiStore, type WireEnd } from "@/session/ui";

import { bendOf, inputHandle, outputHandle } from "./derive";
import { nodeIdAt } from "./sockets";
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
  if (nodeId === null || handleId === null) return null;
  const bend = bendOf(nodeId);
  const doc = currentDoc();
  if (bend !== null) {
    const trunk = wiresThrough(doc, bend)[0];
    return trunk === undefined ? null : { side: "output", node: trunk.from, slot: trunk.slot, type: outputType(doc, currentDefs(), trunk.from, trunk.slot) };
  }
  if (doc.nodes[nodeId] === undefined) return null;
  return handleType === "source" ? outputEnd(nodeId, Number(handleId.slice(4))) : inputEnd(nodeId, handleId.slice(3));
}

export const outputEnd = (node: string, slot: number): WireEnd => ({ side: "output", node, slot, type: outputType(currentDoc(), currentDefs(), node, slot) });

export function inputEnd(node: string, input: string): WireEnd {
  const doc = currentDoc();
  const own = Object.values(doc.links).find((link) => link.to === node && link.input === input)?.id;
  return { side: "input", node, input, type: inputType(doc, currentDefs(), node, input, own) };
}

type Ends = Pick<Connection, "source" | "target"> & { readonly sourceHandle?: string | null; readonly targetHandle?: string | null };

function toWire({ source, sourceHandle, target, targetHandle }: Ends): Wire {
  const bend = bendOf(source);
  const trunk = bend === null ? undefined : wiresThrough(currentDoc(), bend)[0];
  const start = trunk === undefined ? { from: source, slot: Number((sourceHandle ?? "out:0").slice(4)) } : { from: trunk.from, slot: trunk.slot };
  return { ...start, to: target, input: (targetHandle ?? "in:").slice(3) };
}

export function isAllowed(ends: Ends): boolean {
  if (bendOf(ends.target) !== null) return false;
  const wire = toWire(ends);
  return makesPort(wire) ? connectAtEdge(currentDoc(), wire) !== currentDoc() : mayConnect(currentDoc(), currentDefs(), wire);
}

/** Whether a wire begins or ends at the free socket of an edge of the page. */
const makesPort = (wire: Wire): boolean => wire.input === NEW_PORT || (wire.from === INPUT_SIDE && wire.slot >= portsOf(currentDoc(), "input").length);

/** One step that lays a wire by hand. */
export const layWire = ({ to, input }: Pick<Wire, "to" | "input">, change: (doc: Doc) => Doc, step: MessageKey = "step.connect"): void =>
  transact(step, (doc) => ledOutside(doc, change(doc), { to, input }));

/** The wire landed. A lifted one leaves its old place in the same step, and takes its bends with it. */
export function landWire(ends: Ends): void {
  const { lifted } = uiStore.getState();
  const [bend, wire] = [bendOf(ends.source), toWire(ends)];
  if (bend !== null) layWire(wire, (doc) => branch(doc, bend, wire.to, wire.input), "links.step.branch");
  else if (lifted === null) layWire(wire, (doc) => connectAtEdge(doc, wire));
  else if (makesPort(wire)) layWire(wire, (doc) => connectAtEdge(removeLinks(doc, [lifted]), wire));
  else
    layWire(wire, (doc) => {
      const old = doc.links[lifted];
      const isSameSource = old?.from === wire.from && old.slot === wire.slot;
      return isSameSource ? moveEnd(doc, lifted, wire.to, wire.input) : connect(removeLinks(doc, [lifted]), wire);
    });
}

/** A wire that is let go anywhere on an edge of the page makes a socket there. */
function dropOnEdge({ x, y }: { x: number; y: number }, wire: WireEnd): boolean {
  const { lifted } = uiStore.getState();
  const side = document.elementFromPoint(x, y)?.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  const made = wire.side === "output" && side === OUTPUT_SIDE ? { from: wire.node, slot: wire.slot, to: OUTPUT_SIDE, input: NEW_PORT } : null;
  const fed = wire.side === "input" && side === INPUT_SIDE ? { from: INPUT_SIDE, slot: Infinity, to: wire.node, input: wire.input } : null;
  const laid = made ?? fed;
  if (laid === null || wire.node === side) return false;
  layWire(laid, (doc) => connectAtEdge(lifted === null ? doc : removeLinks(doc, [lifted]), laid));
  return true;
}

/** Let go on a node beside its sockets: the one that suits best takes it, or nothing happens. */
function dropOnNode(point: { x: number; y: number }, wire: WireEnd): boolean {
  const under = nodeIdAt(point);
  const [doc, defs] = [currentDoc(), currentDefs()];
  if (under === null) return false;
  const fit = under === wire.node ? null : wire.side === "output" ? bestWire(doc, defs, wire.node, under, [wire.slot]) : bestWire(doc, defs, under, wire.node, undefined, [wire.input]);
  if (fit !== null) landWire({ source: fit.from, sourceHandle: outputHandle(fit.slot), target: fit.to, targetHandle: inputHandle(fit.input) });
  return fit !== null || uiStore.getState().lifted === null;
}

/** The wire was let go over nothing: a lifted one is gone, a new one asks what to end in. */
export function dropWire(point: { x: number; y: number }): void {
  const { lifted, wire } = uiStore.getState();
  if (wire !== null && (dropOnEdge(point, wire) || dropOnNode(point, wire))) return;
  if (lifted !== null) transact("step.disconnect", (doc) => removeLinks(doc, [lifted]));
  else if (wire !== null) openPalette("nodes", toCanvas(point), wire);
}

/** Escape lets go of the wire and changes nothing. React Flow only knows the end of a drag: it comes at once, over nothing. */
function cancelWire(event: KeyboardEvent): void {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  uiStore.setState({ wire: null, lifted: null });
  const nowhere = { clientX: -10_000, clientY: -10_000, bubbles: true };
  for (const type of ["mousemove", "mouseup"]) document.dispatchEvent(new MouseEvent(type, nowhere));
}

export function startWire(params: OnConnectStartParams): void {
  uiStore.setState({ wire: wireEnd(params) });
  window.addEventListener("keydown", cancelWire, true);
}

export function endWire(): void {
  window.removeEventListener("keydown", cancelWire, true);
  uiStore.setState({ wire: null, lifted: null });
}
