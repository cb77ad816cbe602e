/** Nodes of one type become nodes of another: what both have by name or type stays, values and wires alike. */
import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { newNode } from "@/formats/ui04";
import { withSubgraphs } from "@/model/definitions";
import { MIN_WIDTH } from "@/model/geometry";
import { graphOf } from "@/model/pages";
import type { Doc, DocLink, DocNode, Graph, Subgraph } from "@/model/types";
import { canConnect } from "@/model/wires";

import type { Where } from "./scan";

/** Names of the old sockets and values -> names of the new ones, where a table tells. */
export interface Mapping {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Values that the new type is given. */
  readonly values: JsonObject;
}

export const NO_MAPPING: Mapping = { inputs: {}, outputs: {}, values: {} };

export interface Replaced {
  readonly doc: Doc;
  /** Wires that found no socket. */
  readonly lost: number;
}

export function replaceAll(whole: Doc, serverDefs: NodeDefs, where: readonly Where[], type: string, mapping: Mapping = NO_MAPPING): Replaced {
  const def = withSubgraphs(serverDefs, whole.subgraphs)[type];
  if (def === undefined) return { doc: whole, lost: 0 };
  let doc = whole;
  let lost = 0;
  for (const { page, node } of where) {
    const graph = graphOf(doc, page);
    const old = graph?.nodes[node];
    if (graph === undefined || old === undefined) continue;
    const after = replaced(graph, old, def, mapping);
    lost += after.lost;
    const parts = { nodes: after.graph.nodes, links: after.graph.links };
    doc = page === null ? { ...doc, ...parts } : { ...doc, subgraphs: { ...doc.subgraphs, [page]: { ...(graph as Subgraph), ...parts } } };
  }
  return { doc, lost };
}

function replaced(graph: Graph, old: DocNode, def: NodeDef, mapping: Mapping): { readonly graph: Graph; readonly lost: number } {
  const into = Object.values(graph.links).filter((link) => link.to === old.id);
  const bare = newNode(old.id, def.type, def, old.position, {}, () => true);
  const inputs = socketMap(into.map((link) => ({ name: link.input, type: link.type })), bare.inputs, mapping.inputs);
  const linked = new Set(inputs.values());
  const named = { ...valuesOf(old, def, mapping), ...mapping.values };
  const made = newNode(old.id, def.type, def, old.position, named, (name) => linked.has(name));
  const outputs = socketMap(old.outputs.map(({ name, type }) => ({ name, type })), made.outputs, mapping.outputs);
  // Neighbours stand where the old one ended.
  const size = { width: Math.max(MIN_WIDTH, old.size.width), height: made.size.height };
  const node: DocNode = { ...made, size, title: old.title, mode: old.mode, collapsed: old.collapsed, pinned: old.pinned, color: old.color };
  const links: Record<number, DocLink> = {};
  let lost = 0;
  for (const link of Object.values(graph.links)) {
    const moved = movedLink(link, old, node, inputs, outputs);
    if (moved === null) lost += 1;
    else links[link.id] = moved;
  }
  return { graph: { ...graph, nodes: { ...graph.nodes, [old.id]: node }, links }, lost };
}

function movedLink(link: DocLink, old: DocNode, node: DocNode, inputs: ReadonlyMap<string, string>, outputs: ReadonlyMap<string, string>): DocLink | null {
  if (link.to === old.id) {
    const input = inputs.get(link.input);
    return input === undefined || !node.inputs.some((socket) => socket.name === input) ? null : { ...link, input };
  }
  if (link.from !== old.id) return link;
  const name = outputs.get(old.outputs[link.slot]?.name ?? "");
  const slot = node.outputs.findIndex((output) => output.name === name);
  return slot < 0 ? null : { ...link, slot, type: node.outputs[slot]?.type ?? link.type };
}

interface Socket {
  readonly name: string;
  readonly type: string;
}

/** Old names -> new names: as told, else of the same name, else the first of the same type that is still free. */
export function socketMap(old: readonly Socket[], fresh: readonly Socket[], told: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  const taken = new Set<string>();
  const take = (from: Socket, to: Socket | undefined): void => {
    if (to === undefined || map.has(from.name)) return;
    map.set(from.name, to.name);
    taken.add(to.name);
  };
  const free = (test: (socket: Socket) => boolean): Socket | undefined => fresh.find((socket) => !taken.has(socket.name) && test(socket));
  for (const socket of old) take(socket, free((other) => other.name === told[socket.name]));
  for (const socket of old) take(socket, free((other) => other.name.toLowerCase() === socket.name.toLowerCase() && canConnect(socket.type, other.type)));
  for (const socket of old) if (socket.type !== "*") take(socket, free((other) => other.type === socket.type));
  return map;
}

/** Values by name, as far as they are known by name: files list those of unknown types without. */
function valuesOf(old: DocNode, def: NodeDef, { inputs }: Mapping): JsonObject {
  const given = [old.raw["widgets_values_named"], old.raw["widgets_values"]].find(isObject) ?? {};
  const known: Readonly<Record<string, Json>> = { ...given, ...old.values };
  const names = new Set(def.inputs.map((input) => input.name));
  const entries = Object.entries(known).map(([name, value]): [string, Json] => [inputs[name] ?? name, value]);
  const kept = Object.fromEntries(entries.filter(([name]) => names.has(name)));
  return Object.keys(kept).length > 0 ? kept : byKind(old, def);
}

/** A list without names gives its texts to the texts and its numbers to the numbers, in their order. */
function byKind(old: DocNode, def: NodeDef): JsonObject {
  const values = Array.isArray(old.raw["widgets_values"]) ? [...old.raw["widgets_values"]] : [];
  const kinds: Readonly<Record<string, string>> = { INT: "number", FLOAT: "number", STRING: "string", BOOLEAN: "boolean" };
  const entries = def.inputs.flatMap((input): [string, Json][] => {
    const choices = input.choices;
    const at = values.findIndex((value) => (choices === null ? typeof value === kinds[input.type] : choices.includes(value)));
    return at < 0 ? [] : [[input.name, values.splice(at, 1)[0] ?? null]];
  });
  return Object.fromEntries(entries);
}
