/** The subgraphs of a document as a whole: described, copied, told apart, and put away. */
import type { NodeDefs } from "@/formats/definitions";
import { isObject, stringifyJson, type Json } from "@/formats/json";

import { addNode, updateNode } from "./actions";
import { withSubgraphs } from "./definitions";
import { NO_MOVES, type Moved } from "./moves";
import { graphsOf, typesAlong, usedInside } from "./pages";
import { withInstances, withSubgraph } from "./ports";
import { isSide, type Doc, type DocNode, type NodeId, type Path, type Subgraph, type Subgraphs } from "./types";
import { freshUuid } from "./uuid";

export interface Description {
  readonly name?: string;
  readonly description?: string;
  readonly category?: string;
}

/** Empty texts are no texts; a subgraph without a name would be a button without words, so it keeps the one it has. */
export function describe(whole: Doc, id: string, { name, ...texts }: Description): Doc {
  return withSubgraph(whole, id, (subgraph) => {
    const raw = { ...subgraph.raw };
    for (const [key, value] of Object.entries(texts)) {
      if (value.trim() === "") Reflect.deleteProperty(raw, key);
      else raw[key] = value.trim();
    }
    const called = name === undefined || name.trim() === "" ? subgraph.name : name.trim();
    const isSame = called === subgraph.name && stringifyJson(raw) === stringifyJson(subgraph.raw);
    return isSame ? subgraph : { ...subgraph, name: called, raw };
  });
}

/** Colours all instances. */
export const recolor = (whole: Doc, id: string, color: string | null): Doc => withInstances(whole, id, (node) => ({ ...node, color }));

export const instanceCount = (whole: Doc, id: string): number => graphsOf(whole).reduce((sum, [, graph]) => sum + Object.values(graph.nodes).filter((node) => node.type === id).length, 0);

/** Subgraphs that no node of the outermost page is or holds. */
export function unused({ nodes, subgraphs }: Doc): readonly string[] {
  const own = Object.values(nodes).flatMap((node) => (subgraphs[node.type] === undefined ? [] : [node.type]));
  const used = new Set(own.flatMap((id) => [id, ...usedInside(subgraphs, id)]));
  return Object.keys(subgraphs).filter((id) => !used.has(id));
}

export function withoutSubgraphs(whole: Doc, ids: readonly string[]): Doc {
  if (ids.length === 0) return whole;
  return { ...whole, subgraphs: Object.fromEntries(Object.entries(whole.subgraphs).filter(([id]) => !ids.includes(id))) };
}

/** The names of the document's subgraphs stay apart, as people tell them apart by their names. */
export function freeName(subgraphs: Subgraphs, wanted: string): string {
  const taken = new Set(Object.values(subgraphs).map((subgraph) => subgraph.name));
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/ \d+$/, "");
  for (let i = 2; ; i += 1) if (!taken.has(`${stem} ${i}`)) return `${stem} ${i}`;
}

/** Gives an instance a definition of its own, like the one it shared. */
export function independent(doc: Doc, node: NodeId, id: string = freshUuid()): Moved {
  const shared = doc.subgraphs[doc.nodes[node]?.type ?? ""];
  if (shared === undefined) return { doc, moves: NO_MOVES };
  const own: Subgraph = { ...shared, id, name: freeName(doc.subgraphs, shared.name) };
  const moves = { ...NO_MOVES, nodes: Object.keys(own.nodes).map((inner) => ({ from: [node, inner], to: [node, inner] })) };
  return { doc: updateNode({ ...doc, subgraphs: { ...doc.subgraphs, [id]: own } }, node, { type: id }), moves };
}

/** Makes a node an instance of another subgraph: values and wires of sockets that both have stay. `defs` are the server's. */
export function becomeInstance(doc: Doc, serverDefs: NodeDefs, id: NodeId, type: string): Doc {
  const node = doc.nodes[id];
  if (node === undefined || node.type === type || doc.subgraphs[type] === undefined) return doc;
  const fresh = addNode(doc, withSubgraphs(serverDefs, doc.subgraphs), type, node.position);
  const made = fresh.doc.nodes[fresh.id];
  if (made === undefined) return doc;
  const values = { ...made.values, ...Object.fromEntries(Object.entries(node.values).filter(([key]) => key in made.values)) };
  const next: DocNode = { ...node, type, values, inputs: made.inputs, outputs: made.outputs };
  const links = Object.values(doc.links).flatMap((link) => {
    if (link.to === id && next.inputs.every((socket) => socket.name !== link.input)) return [];
    if (link.from !== id) return [link];
    const slot = next.outputs.findIndex((socket) => socket.name === node.outputs[link.slot]?.name);
    return slot < 0 ? [] : [{ ...link, slot }];
  });
  return { ...doc, nodes: { ...doc.nodes, [id]: next }, links: Object.fromEntries(links.map((link) => [link.id, link])) };
}

/** Subgraphs that may not stand on the page of a path, because they would stand inside themselves. */
export function forbiddenAt(whole: Doc, path: Path): ReadonlySet<string> {
  const around = new Set(typesAlong(whole, path));
  return new Set(Object.keys(whole.subgraphs).filter((id) => around.has(id) || [...usedInside(whole.subgraphs, id)].some((inner) => around.has(inner))));
}

/** Whether a subgraph stands inside itself. */
export const hasLoop = (subgraphs: Subgraphs): boolean => Object.keys(subgraphs).some((id) => usedInside(subgraphs, id).has(id));

/** What a subgraph is and does, whatever it is called by and whichever file it came from. */
export function signature(subgraphs: Subgraphs, id: string, depth = 0): string {
  const subgraph = subgraphs[id];
  if (subgraph === undefined || depth > Object.keys(subgraphs).length) return id;
  const { nodes, links, groups, reroutes, name, raw } = subgraph;
  const typeOf = (type: string): string => (subgraphs[type] === undefined ? type : signature(subgraphs, type, depth + 1));
  const parts = {
    ...{ name, category: raw["category"] ?? "", description: raw["description"] ?? "" },
    nodes: sorted(Object.values(nodes).map((node) => ({ ...faceOf(node), type: typeOf(node.type) }))),
    links: sorted(Object.values(links).map(({ from, slot, to, input, hidden, label }) => ({ from, slot, to, input, hidden, label }))),
    groups: sorted(Object.values(groups).map(({ title, position, size, color }) => ({ title, position, size, color }))),
    bends: sorted(Object.values(reroutes).map(({ position }) => position)),
  };
  return stringifyJson(rounded(parts as unknown as Json));
}

const faceOf = ({ id, title, position, size, mode, collapsed, pinned, color, inputs, outputs, values, tail }: DocNode): object => ({
  ...{ id, title, position, mode, collapsed, pinned, color, values: Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))), tail },
  ...(isSide(id) ? {} : { size }),
  inputs: inputs.map(({ name, type, label }) => [name, type, label]),
  outputs: outputs.map(({ name, type, label }) => [name, type, label]),
});

const sorted = (items: readonly object[]): readonly string[] => items.map((item) => stringifyJson(rounded(item as unknown as Json))).sort();

/** Files round positions. */
function rounded(value: Json): Json {
  if (typeof value === "number") return Math.round(value * 100) / 100;
  if (Array.isArray(value)) return value.map(rounded);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)])) : value;
}
