/** A node without wires that is dropped on a wire, with Ctrl held, is put into it. */
import { currentDoc, transact } from "@/model/document";
import { insertInto } from "@/model/joining";
import { linksThroughAll } from "@/model/reroutes";
import type { NodeId } from "@/model/types";
import { currentDefs } from "@/session/store";

import { bendOf, groupOf, type CanvasNode } from "./derive";
import { hands } from "./hands";
import { strokes, under, type Stroke } from "./strokes";
import { boxOf } from "./viewport";

/** Wires as they were when they were first asked for in this drag: they do not move, for the node has none. */
let known: readonly Stroke[] | null = null;

function lonely(nodes: readonly CanvasNode[]): NodeId | null {
  const [first] = nodes;
  if (first === undefined || nodes.length > 1 || groupOf(first.id) !== null || bendOf(first.id) !== null) return null;
  return Object.values(currentDoc().links).some((link) => link.from === first.id || link.to === first.id) ? null : first.id;
}

/** The first wire of the stretch that would take the node. */
function taking(stretch: string, node: NodeId): number | null {
  const doc = currentDoc();
  return linksThroughAll(doc, bendOf(stretch), Number(stretch)).find((link) => insertInto(doc, currentDefs(), link, node) !== doc) ?? null;
}

export function aimAtWire(nodes: readonly CanvasNode[], isHeld: boolean): void {
  const node = isHeld ? lonely(nodes) : null;
  const box = node === null ? null : boxOf(node);
  if (node !== null && known === null) known = strokes();
  const found = box === null ? null : under(known ?? [], box);
  const aimed = found !== null && node !== null && taking(found, node) !== null ? found : null;
  const before = hands.getState();
  if (aimed === null && before.mark !== "aim") return;
  if (aimed !== null && before.marked.has(aimed)) return;
  hands.setState(aimed === null ? { marked: new Set(), mark: null } : { marked: new Set([aimed]), mark: "aim" });
}

/** Joins the gesture of the drag, so that both are one step. */
export function insertAimed(nodes: readonly CanvasNode[]): void {
  const { mark, marked } = hands.getState();
  const [stretch] = marked;
  const node = lonely(nodes);
  known = null;
  if (mark !== "aim" || stretch === undefined || node === null) return;
  const link = taking(stretch, node);
  hands.setState({ marked: new Set(), mark: null });
  if (link !== null) transact("links.step.insert", (doc) => insertInto(doc, currentDefs(), link, node), "step.move");
}
