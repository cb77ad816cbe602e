/** Instances follow their subgraph: sockets that it gained come, those that it lost go with their wires. */
import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { inputSockets, outputSockets } from "@/formats/sockets";
import { defaultValue, widgetsOf } from "@/formats/widgets";

import { withSubgraphs } from "./definitions";
import { graphsOf } from "./pages";
import { hasLoop } from "./subgraphs";
import type { Doc, DocLink, DocNode, Graph, Subgraph } from "./types";

export function reconciled(after: Doc, before: Doc, defs: NodeDefs): Doc {
  if (after.subgraphs === before.subgraphs) return after;
  // A subgraph inside itself would never end: whoever asks for one gets nothing.
  if (hasLoop(after.subgraphs) && !hasLoop(before.subgraphs)) return before;
  const old = withSubgraphs(defs, before.subgraphs);
  const now = withSubgraphs(defs, after.subgraphs);
  const changed = new Map(Object.keys(after.subgraphs).flatMap((id): [string, NodeDef][] => (now[id] === undefined || now[id] === old[id] ? [] : [[id, now[id]]])));
  if (changed.size === 0) return after;
  let doc = after;
  for (const [id, graph] of graphsOf(after)) {
    const followed = follow(graph, changed);
    if (followed === graph) continue;
    doc = id === null ? { ...doc, ...followed } : { ...doc, subgraphs: { ...doc.subgraphs, [id]: followed as Subgraph } };
  }
  // What an instance shows may itself be shown by the instance of an outer subgraph.
  return doc === after ? after : reconciled(doc, after, defs);
}

function follow<G extends Graph>(graph: G, changed: ReadonlyMap<string, NodeDef>): G {
  let nodes = graph.nodes;
  let links = graph.links;
  for (const node of Object.values(graph.nodes)) {
    const def = changed.get(node.type);
    if (def === undefined) continue;
    const followed = instance(node, def, links);
    if (followed === node) continue;
    nodes = { ...nodes, [node.id]: followed };
    links = rewired(links, node, followed);
  }
  return nodes === graph.nodes ? graph : { ...graph, nodes, links };
}

function instance(node: DocNode, def: NodeDef, links: Graph["links"]): DocNode {
  const names = new Set(def.inputs.map((input) => input.name));
  const linked = new Set(Object.values(links).flatMap((link) => (link.to === node.id ? [link.input] : [])));
  const file = node.inputs.filter((input) => names.has(input.name)).map(({ name, type, raw }) => ({ name, type, label: null, raw, link: null, widget: null }));
  const defaults = Object.fromEntries(widgetsOf(def, {}).map((widget) => [widget.key, defaultValue(widget)]));
  const kept = Object.entries(node.values).filter(([key]) => names.has(key) || key in defaults);
  const values = { ...defaults, ...Object.fromEntries(kept) };
  const inputs = inputSockets(def, file, values, (name) => linked.has(name));
  const outputs = outputSockets(def, def.outputs.map((output) => node.outputs.find((socket) => socket.name === output.name) ?? { name: output.name, type: output.type, label: null, raw: {} }));
  const next: DocNode = { ...node, inputs, outputs, values, known: true };
  return JSON.stringify([node.inputs, node.outputs, node.values], plain) === JSON.stringify([inputs, outputs, values], plain) ? node : next;
}

const plain = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);

function rewired(links: Graph["links"], before: DocNode, after: DocNode): Graph["links"] {
  const inputs = new Set(after.inputs.map((input) => input.name));
  const kept = Object.values(links).flatMap((link): DocLink[] => {
    if (link.to === before.id && !inputs.has(link.input)) return [];
    if (link.from !== before.id) return [link];
    const slot = after.outputs.findIndex((output) => output.name === before.outputs[link.slot]?.name);
    return slot < 0 ? [] : [slot === link.slot ? link : { ...link, slot }];
  });
  return Object.fromEntries(kept.map((link) => [link.id, link]));
}
