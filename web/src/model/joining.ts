/** Wires that find their ends by themselves: from node to node, into a wire, to the next input. */
import type { NodeDefs } from "@/formats/definitions";

import { connect, removeLinks, type Wire } from "./actions";
import { linkInto } from "./links";
import { inputType, mayConnect, outputType } from "./matching";
import { chainOf } from "./reroutes";
import type { Doc, DocLink, DocNode, InputSocket, NodeId } from "./types";
import { canConnect } from "./wires";

const isFree = (doc: Doc, node: DocNode, input: InputSocket): boolean => linkInto(doc, node.id, input.name) === undefined;

/** How well a wire suits: free before taken, sockets before widgets, the very type before any. */
function rank(doc: Doc, defs: NodeDefs, wire: Wire, node: DocNode, input: InputSocket): number {
  const isExact = outputType(doc, defs, wire.from, wire.slot).toUpperCase() === inputType(doc, defs, wire.to, wire.input).toUpperCase();
  return (isFree(doc, node, input) ? 0 : 4) + (input.isWidget ? 2 : 0) + (isExact ? 0 : 1);
}

/** The best wire from one node to another, or null when nothing fits. */
export function bestWire(doc: Doc, defs: NodeDefs, from: NodeId, to: NodeId, slots?: readonly number[], inputs?: readonly string[]): Wire | null {
  const [source, target] = [doc.nodes[from], doc.nodes[to]];
  if (source === undefined || target === undefined) return null;
  let best: { readonly wire: Wire; readonly rank: number } | null = null;
  for (const slot of slots ?? source.outputs.keys())
    for (const input of target.inputs) {
      const wire = { from, slot, to, input: input.name };
      if (inputs?.includes(input.name) === false || !mayConnect(doc, defs, wire)) continue;
      const found = rank(doc, defs, wire, target, input);
      if (best === null || found < best.rank) best = { wire, rank: found };
    }
  return best?.wire ?? null;
}

/** Joins the first sockets that fit; what is wired already is left alone. */
export function joinNodes(doc: Doc, defs: NodeDefs, from: NodeId, to: NodeId): Doc {
  const wire = bestWire(doc, defs, from, to);
  return wire === null || linkInto(doc, wire.to, wire.input) !== undefined ? doc : connect(doc, wire);
}

/** Joins several nodes, each to the next. */
export function joinInOrder(doc: Doc, defs: NodeDefs, ids: readonly NodeId[]): Doc {
  return ids.slice(1).reduce((after, id, i) => joinNodes(after, defs, ids[i] ?? "", id), doc);
}

/** Puts a node into a wire: what came along the wire goes into the node, and the node feeds what the wire fed. */
export function insertInto(doc: Doc, defs: NodeDefs, link: number, node: NodeId): Doc {
  const wire = doc.links[link];
  if (wire === undefined || wire.from === node || wire.to === node) return doc;
  const cut = removeLinks(doc, [link]);
  const first = bestWire(cut, defs, wire.from, node, [wire.slot]);
  const inserted = doc.nodes[node];
  if (first === null || inserted === undefined) return doc;
  const fed = connect(cut, first);
  const slot = [...inserted.outputs.keys()].find((index) => mayConnect(fed, defs, { from: node, slot: index, to: wire.to, input: wire.input }));
  if (slot === undefined) return doc;
  const led = { ...fed, reroutes: { ...fed.reroutes, ...bendsOf(doc, wire) }, links: { ...fed.links, [fed.lastLinkId]: { ...(fed.links[fed.lastLinkId] ?? wire), reroute: wire.reroute } } };
  return connect(led, { from: node, slot, to: wire.to, input: wire.input });
}

const bendsOf = (doc: Doc, wire: DocLink): Doc["reroutes"] => Object.fromEntries(chainOf(doc, wire.reroute).map((bend) => [bend.id, bend]));

/** The wire goes to the next input of its node that takes it, and what ended there comes here. */
export function swapEnd(doc: Doc, defs: NodeDefs, link: number): Doc {
  const wire = doc.links[link];
  const node = doc.nodes[wire?.to ?? ""];
  if (wire === undefined || node === undefined) return doc;
  const at = node.inputs.findIndex((input) => input.name === wire.input);
  const others = [...node.inputs.slice(at + 1), ...node.inputs.slice(0, Math.max(0, at))];
  const type = outputType(doc, defs, wire.from, wire.slot);
  const own = node.inputs[at]?.type ?? "*";
  const next = others.find((input) => {
    const other = linkInto(doc, node.id, input.name);
    const isAlike = input.isWidget === node.inputs[at]?.isWidget;
    return isAlike && canConnect(type, input.type) && (other === undefined || canConnect(outputType(doc, defs, other.from, other.slot), own));
  });
  if (next === undefined) return doc;
  const other = linkInto(doc, node.id, next.name);
  const links = { ...doc.links, [wire.id]: { ...wire, input: next.name }, ...(other === undefined ? {} : { [other.id]: { ...other, input: wire.input } }) };
  return { ...doc, links };
}

export function disconnectNodes(doc: Doc, ids: readonly NodeId[]): Doc {
  const chosen = new Set(ids);
  return removeLinks(doc, Object.values(doc.links).filter((link) => chosen.has(link.from) || chosen.has(link.to)).map((link) => link.id));
}

export type Target = { readonly node: NodeId; readonly input: string } | { readonly node: NodeId; readonly slot: number };

/** All sockets where a wire from `end` may land. */
export function legalTargets(doc: Doc, defs: NodeDefs, end: Target): readonly Target[] {
  const barred = reached(doc, end.node, "slot" in end ? "up" : "down");
  const nodes = Object.values(doc.nodes).filter((node) => !barred.has(node.id));
  if ("slot" in end) {
    const type = outputType(doc, defs, end.node, end.slot);
    return nodes.flatMap((node) => node.inputs.filter((input) => canConnect(type, inputType(doc, defs, node.id, input.name, linkInto(doc, node.id, input.name)?.id))).map((input) => ({ node: node.id, input: input.name })));
  }
  const type = inputType(doc, defs, end.node, end.input, linkInto(doc, end.node, end.input)?.id);
  return nodes.flatMap((node) => [...node.outputs.keys()].filter((slot) => canConnect(outputType(doc, defs, node.id, slot), type)).map((slot) => ({ node: node.id, slot })));
}

/** The node and all that its wires lead to, against or with the flow: a wire there would close a circle. */
function reached(doc: Doc, start: NodeId, way: "up" | "down"): ReadonlySet<NodeId> {
  const next = new Map<NodeId, NodeId[]>();
  for (const { from, to } of Object.values(doc.links)) {
    const [a, b] = way === "up" ? [to, from] : [from, to];
    const same = next.get(a);
    if (same === undefined) next.set(a, [b]);
    else same.push(b);
  }
  const found = new Set([start]);
  for (const id of found) for (const other of next.get(id) ?? []) found.add(other);
  return found;
}
