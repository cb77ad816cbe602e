/** Inputs and outputs of a subgraph: added, named, ordered and taken away, in its instances too. */
import type { NodeDefs } from "@/formats/definitions";
import type { Json, JsonObject } from "@/formats/json";
import { controlKey, widgetsIn } from "@/formats/widgets";

import { connect, removeLinks, type Wire } from "./actions";
import { withSubgraphs } from "./definitions";
import { graphsOf } from "./pages";
import { INPUT_SIDE, OUTPUT_SIDE, type Doc, type DocLink, type DocNode, type Graph, type InputSocket, type NodeId, type Subgraph } from "./types";
import { freshUuid } from "./uuid";

export type Edge = "input" | "output";

/** Stands in a wire for the socket that the wire is to make. */
export const NEW_PORT = "+new";

const sideOf = (edge: Edge): NodeId => (edge === "input" ? INPUT_SIDE : OUTPUT_SIDE);
export const edgeOf = (side: NodeId): Edge => (side === INPUT_SIDE ? "input" : "output");

type Port = Pick<InputSocket, "name" | "type" | "label" | "raw">;

export const portsOf = (graph: Graph | undefined, edge: Edge): readonly Port[] =>
  (edge === "input" ? graph?.nodes[INPUT_SIDE]?.outputs : graph?.nodes[OUTPUT_SIDE]?.inputs) ?? [];

export function uniqueName(wanted: string, taken: ReadonlySet<string>): string {
  const name = wanted === "" ? "value" : wanted;
  if (!taken.has(name)) return name;
  for (let i = 1; ; i += 1) if (!taken.has(`${name}_${i}`)) return `${name}_${i}`;
}

export function withSubgraph(whole: Doc, id: string, change: (subgraph: Subgraph) => Subgraph): Doc {
  const subgraph = whole.subgraphs[id];
  if (subgraph === undefined) return whole;
  const after = change(subgraph);
  return after === subgraph ? whole : { ...whole, subgraphs: { ...whole.subgraphs, [id]: after } };
}

/** Changes every instance of a subgraph, on all pages. */
export function withInstances(whole: Doc, id: string, change: (node: DocNode) => DocNode): Doc {
  let doc = whole;
  for (const [page, graph] of graphsOf(whole)) {
    const own = Object.values(graph.nodes).filter((node) => node.type === id);
    if (own.length === 0) continue;
    const nodes = { ...graph.nodes, ...Object.fromEntries(own.map((node) => [node.id, change(node)])) };
    doc = page === null ? { ...doc, nodes } : withSubgraph(doc, page, (subgraph) => ({ ...subgraph, nodes }));
  }
  return doc;
}

/** A socket more at an edge of the page. Null when the page has no edges. */
export function addPort<G extends Graph>(graph: G, edge: Edge, wanted: string, type: string): { readonly graph: G; readonly name: string; readonly slot: number } | null {
  const side = graph.nodes[sideOf(edge)];
  if (side === undefined) return null;
  const ports = portsOf(graph, edge);
  const name = uniqueName(wanted, new Set(ports.map((port) => port.name)));
  const port = { name, type, label: null, raw: { id: freshUuid() } };
  const grown: DocNode =
    edge === "input" ? { ...side, outputs: [...side.outputs, { ...port, isList: false }] } : { ...side, inputs: [...side.inputs, { ...port, isWidget: false, isOptional: false }] };
  return { graph: { ...graph, nodes: { ...graph.nodes, [side.id]: grown } }, name, slot: ports.length };
}

/** A wire to or from an edge's free socket makes the socket; any other wire is laid as it is. */
export function connectAtEdge(doc: Doc, wire: Wire): Doc {
  if (wire.from === INPUT_SIDE && wire.slot >= portsOf(doc, "input").length) {
    const target = doc.nodes[wire.to]?.inputs.find((socket) => socket.name === wire.input);
    const added = target === undefined ? null : addPort(doc, "input", target.label ?? target.name, target.type);
    return added === null ? doc : laid(doc, added.graph, { ...wire, slot: added.slot });
  }
  if (wire.to === OUTPUT_SIDE && wire.input === NEW_PORT) {
    const source = doc.nodes[wire.from]?.outputs[wire.slot];
    const added = source === undefined ? null : addPort(doc, "output", source.label ?? source.name, source.type);
    return added === null ? doc : laid(doc, added.graph, { ...wire, input: added.name });
  }
  return connect(doc, wire);
}

/** Whether an output of an inner node is one of the subgraph. */
export const isOutput = (page: Graph, node: NodeId, slot: number): boolean => Object.values(page.links).some((link) => link.from === node && link.slot === slot && link.to === OUTPUT_SIDE);

/** A socket whose wire may not be laid is not made either. */
function laid(before: Doc, grown: Doc, wire: Wire): Doc {
  const after = connect(grown, wire);
  return after === grown ? before : after;
}

export function movePort(whole: Doc, id: string, edge: Edge, slot: number, to: number): Doc {
  return withSubgraph(whole, id, (subgraph) => {
    const side = subgraph.nodes[sideOf(edge)];
    const ports = portsOf(subgraph, edge);
    if (side === undefined || slot === to || ports[slot] === undefined || ports[to] === undefined) return subgraph;
    const order = ports.map((_port, i) => i).filter((i) => i !== slot);
    order.splice(to, 0, slot);
    if (edge === "output") return { ...subgraph, nodes: { ...subgraph.nodes, [side.id]: { ...side, inputs: picked(side.inputs, order) } } };
    const nodes = { ...subgraph.nodes, [side.id]: { ...side, outputs: picked(side.outputs, order) } };
    return { ...subgraph, nodes, links: slotsMoved(subgraph.links, (at) => order.indexOf(at)) };
  });
}

const picked = <T>(items: readonly T[], order: readonly number[]): T[] => order.flatMap((i) => items[i] ?? []);

function slotsMoved(links: Graph["links"], to: (slot: number) => number): Graph["links"] {
  return Object.fromEntries(Object.values(links).map((link): [number, DocLink] => [link.id, link.from === INPUT_SIDE && to(link.slot) !== link.slot ? { ...link, slot: to(link.slot) } : link]));
}

/** The wires of an output's socket go with it, those of an input's too; later sockets move up. */
export function removePort(whole: Doc, id: string, edge: Edge, slot: number): Doc {
  return withSubgraph(whole, id, (subgraph) => {
    const side = subgraph.nodes[sideOf(edge)];
    const port = portsOf(subgraph, edge)[slot];
    if (side === undefined || port === undefined) return subgraph;
    const isGone = (link: DocLink): boolean => (edge === "input" ? link.from === INPUT_SIDE && link.slot === slot : link.to === OUTPUT_SIDE && link.input === port.name);
    const cut = removeLinks({ ...subgraph, subgraphs: {} }, Object.values(subgraph.links).filter(isGone).map((link) => link.id));
    const left: DocNode = edge === "input" ? { ...side, outputs: side.outputs.filter((_port, i) => i !== slot) } : { ...side, inputs: side.inputs.filter((_port, i) => i !== slot) };
    const links = edge === "input" ? slotsMoved(cut.links, (at) => (at > slot ? at - 1 : at)) : cut.links;
    return { ...subgraph, links, reroutes: cut.reroutes, nodes: { ...subgraph.nodes, [side.id]: left } };
  });
}

/**
 * What people call a port is its label; its name stays, so that values and wires of instances, in other files too, find
 * it. An empty text gives the name back.
 */
export function renamePort(whole: Doc, id: string, edge: Edge, slot: number, text: string): Doc {
  const port = portsOf(whole.subgraphs[id], edge)[slot];
  if (port === undefined) return whole;
  const label = text.trim() === "" || text.trim() === port.name ? null : text.trim();
  if (label === port.label) return whole;
  const called = <S extends Port>(socket: S): S => (socket.name === port.name ? { ...socket, label, raw: labelled(socket.raw, label) } : socket);
  const renamed = withSubgraph(whole, id, (subgraph) => {
    const side = subgraph.nodes[sideOf(edge)];
    return side === undefined ? subgraph : { ...subgraph, nodes: { ...subgraph.nodes, [side.id]: { ...side, inputs: side.inputs.map(called), outputs: side.outputs.map(called) } } };
  });
  return withInstances(renamed, id, (node) => (edge === "input" ? { ...node, inputs: node.inputs.map(called) } : { ...node, outputs: node.outputs.map(called) }));
}

function labelled(raw: JsonObject, label: string | null): JsonObject {
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "label" && key !== "localized_name"));
  return label === null ? rest : { ...rest, label };
}

export interface Fed {
  readonly node: NodeId;
  readonly input: string;
}

/** The widgets that an input leads to, directly or through reroutes. */
export function widgetsFedBy(subgraph: Graph, slot: number, defs: NodeDefs): readonly Fed[] {
  const links = Object.values(subgraph.links);
  const open = links.filter((link) => link.from === INPUT_SIDE && link.slot === slot);
  const seen = new Set<number>();
  const found: Fed[] = [];
  for (const link of open) {
    if (seen.has(link.id)) continue;
    seen.add(link.id);
    const node = subgraph.nodes[link.to];
    const def = defs[node?.type ?? ""];
    if (node?.type === "Reroute") open.push(...links.filter((next) => next.from === node.id));
    else if (node !== undefined && def !== undefined && widgetsIn(def, node).some((widget) => widget.inPrompt && widget.name === link.input)) found.push({ node: node.id, input: link.input });
  }
  return found;
}

/** A value, and what becomes of it after each run, given to the inner widgets. */
export function withHeld(nodes: Graph["nodes"], fed: readonly Fed[], value: Json | undefined, control: Json | undefined): Graph["nodes"] {
  if (value === undefined) return nodes;
  return fed.reduce((all, { node: id, input }) => {
    const node = all[id];
    if (node === undefined) return all;
    const key = controlKey(input);
    const held = control !== undefined && node.values[key] !== undefined ? { [key]: control } : {};
    return { ...all, [id]: { ...node, values: { ...node.values, [input]: value, ...held } } };
  }, nodes);
}

/** Takes an input away; the widgets it led to take the value that `host`, an instance, held. `defs` are the server's. */
export function releaseInput(whole: Doc, serverDefs: NodeDefs, id: string, slot: number, host: DocNode | undefined): Doc {
  const name = portsOf(whole.subgraphs[id], "input")[slot]?.name ?? "";
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  const kept = withSubgraph(whole, id, (subgraph) => ({ ...subgraph, nodes: withHeld(subgraph.nodes, widgetsFedBy(subgraph, slot, defs), host?.values[name], host?.values[controlKey(name)]) }));
  return removePort(kept, id, "input", slot);
}
