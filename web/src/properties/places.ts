/** Widgets by execution id, wherever in the document their node stands, and who really holds their value. */
import type { NodeDef, NodeDefs } from "@/formats/definitions";
import type { Json } from "@/formats/json";
import { controlKey, isControlMode, widgetsIn, type Widget } from "@/formats/widgets";
import { setValue } from "@/model/actions";
import { withSubgraphs } from "@/model/definitions";
import { currentPath, transact, transactWhole } from "@/model/document";
import { linkInto } from "@/model/links";
import { executionId, pageOf, splitExecutionId, subgraphAt, withPage } from "@/model/pages";
import { INPUT_SIDE, type Doc, type DocNode, type NodeId, type Path } from "@/model/types";

/** A widget with the place in the document where its value is kept. */
export interface Held {
  /** Execution id of the node that holds the value. */
  readonly id: string;
  readonly path: Path;
  readonly node: DocNode;
  readonly key: string;
  readonly widget: Widget;
  readonly value: Json | undefined;
  /** Title of the node whose wire decides the value; null when it can be set. */
  readonly fedBy: NodeId | null;
}

/** A node by its execution id, with the page it stands on. */
export function nodeIn(whole: Doc, id: string): { readonly page: Doc; readonly path: Path; readonly node: DocNode } | null {
  const { path, node } = splitExecutionId(id);
  if (subgraphAt(whole, path) === undefined) return null;
  const page = pageOf(whole, path);
  const found = page.nodes[node];
  return found === undefined ? null : { page, path, node: found };
}

/** `defs` are the server's. Null when there is no such widget (any more). */
export function heldAt(whole: Doc, serverDefs: NodeDefs, id: string, name: string): Held | null {
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  const found = nodeIn(whole, id);
  if (found === null) return null;
  const { page, path, node } = found;
  const widget = widgetOf(defs[node.type], node, name);
  if (widget === null) return null;
  const own = { id, path, node, key: widget.key, widget, value: node.values[widget.key], fedBy: null };
  const link = linkInto(page, node.id, name);
  return link === undefined ? own : (fedFrom(whole, serverDefs, own, page, link.from, link.slot) ?? { ...own, fedBy: link.from });
}

function widgetOf(def: NodeDef | undefined, node: DocNode, name: string): Widget | null {
  return def === undefined ? null : (widgetsIn(def, node).find((widget) => widget.name === name && widget.inPrompt) ?? null);
}

/** A value that comes from the instance around, or from a value node, is set there. */
function fedFrom(whole: Doc, defs: NodeDefs, own: Held, page: Doc, from: NodeId, slot: number): Held | null {
  if (from === INPUT_SIDE) {
    const port = page.nodes[INPUT_SIDE]?.outputs[slot];
    const host = own.path[own.path.length - 1];
    return port === undefined || host === undefined ? null : heldAt(whole, defs, executionId(own.path.slice(0, -1), host), port.name);
  }
  const source = page.nodes[from];
  if (source?.type !== "PrimitiveNode") return null;
  return { ...own, id: executionId(own.path, from), node: source, key: "value", value: source.values["value"] };
}

/** What becomes of a held value after each run, and the key under which that is kept; null when nothing does. */
export function controlOf({ node, key, widget }: Held): { readonly key: string; readonly mode: string } | null {
  const at = controlKey(node.type === "PrimitiveNode" ? key : widget.name);
  const mode = node.values[at];
  return isControlMode(mode) ? { key: at, mode } : null;
}

export const withValueAt = (whole: Doc, path: Path, node: NodeId, key: string, value: Json): Doc => withPage(whole, path, setValue(pageOf(whole, path), node, key, value));

/** Sets a value wherever it stands; typing in one field is one step of undo. */
export function setHeld({ id, path, node }: Held, key: string, value: Json): void {
  const gesture = `value:${id}:${key}`;
  // What a choice brings with it follows on the page that is shown.
  if (path.join(":") === currentPath().join(":")) transact("step.value", (doc) => setValue(doc, node.id, key, value), gesture);
  else transactWhole("step.value", (whole) => withValueAt(whole, path, node.id, key, value), gesture);
}

export const gestureOf = ({ id, key }: Held): string => `value:${id}:${key}`;
