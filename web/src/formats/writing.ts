/** Document -> canvas file of the form 0.4, its subgraphs in schema 1 as everybody writes them. */
import { contentHeight } from "@/model/geometry";
import { graphsOf } from "@/model/pages";
import { withSubgraphs } from "@/model/definitions";
import { INPUT_SIDE, isSide, OUTPUT_SIDE, type Doc, type DocGroup, type DocLink, type DocNode, type Graph, type InputSocket, type OutputSocket, type Reroute, type Subgraph } from "@/model/types";

import type { NodeDef, NodeDefs } from "./definitions";
import { list, pair, text } from "./file";
import { isObject, type Json, type JsonObject } from "./json";
import { NARROWEST, titleHeight } from "./reading";
import { writeHeld } from "./held";
import type { IsLinked } from "./parts";
import { controlKey, writeNamed, writeValues } from "./widgets";

/** Parts of schema 1 that have another place in 0.4. */
const SCHEMA_1_ONLY = new Set(["state", "reroutes"]);

export interface WriteOptions {
  /** View to be restored at the next opening. */
  readonly view?: { readonly scale: number; readonly offset: readonly [number, number] };
}

export function writeDocument(doc: Doc, serverDefs: NodeDefs, options: WriteOptions = {}): JsonObject {
  const defs = withSubgraphs(serverDefs, doc.subgraphs);
  const { nodes, links } = writeGraph(doc, defs, new Set(Object.keys(doc.subgraphs)));
  const extra = isObject(doc.raw["extra"]) ? doc.raw["extra"] : {};
  const rest = Object.fromEntries(Object.entries(doc.raw).filter(([key]) => !SCHEMA_1_ONLY.has(key) && key !== "definitions"));
  return {
    ...rest,
    last_node_id: doc.lastNodeId,
    last_link_id: doc.lastLinkId,
    nodes,
    links: links.map(({ link, targetSlot, originSlot, type }) => [link.id, fileId(link.from), originSlot, fileId(link.to), targetSlot, type]),
    groups: Object.values(doc.groups).map(writeGroup),
    ...definitions(doc, defs),
    config: rest["config"] ?? {},
    extra: { ...linkExtras(doc, extra), ...(options.view === undefined ? {} : { ds: { scale: options.view.scale, offset: [...options.view.offset] } }) },
    version: 0.4,
  };
}

function definitions(doc: Doc, defs: NodeDefs): JsonObject {
  const before = isObject(doc.raw["definitions"]) ? doc.raw["definitions"] : {};
  const subgraphs = graphsOf(doc).flatMap(([id, graph]) => (id === null ? [] : [writeSubgraph(graph as Subgraph, defs, new Set(Object.keys(doc.subgraphs)))]));
  if (subgraphs.length === 0 && Object.keys(before).length === 0) return {};
  return { definitions: { ...before, subgraphs } };
}

function writeSubgraph(subgraph: Subgraph, defs: NodeDefs, instances: ReadonlySet<string>): JsonObject {
  const { nodes, links } = writeGraph(subgraph, defs, instances);
  const inputs = subgraph.nodes[INPUT_SIDE];
  const outputs = subgraph.nodes[OUTPUT_SIDE];
  const { raw } = subgraph;
  const lastRerouteId = Math.max(0, ...Object.keys(subgraph.reroutes).map(Number));
  const state = { ...(isObject(raw["state"]) ? raw["state"] : { lastGroupId: 0 }), lastNodeId: subgraph.lastNodeId, lastLinkId: subgraph.lastLinkId, lastRerouteId };
  const reroutes = writeReroutes(subgraph);
  const extra = isObject(raw["extra"]) ? Object.fromEntries(Object.entries(raw["extra"]).filter(([key]) => !["reroutes", "linkExtensions", "linkPresentation"].includes(key))) : {};
  return {
    ...Object.fromEntries(Object.entries(raw).filter(([key]) => !["reroutes", "definitions", "last_node_id", "last_link_id"].includes(key))),
    id: subgraph.id,
    version: 1,
    state,
    revision: raw["revision"] ?? 0,
    config: raw["config"] ?? {},
    name: subgraph.name,
    inputNode: writeSide(inputs, INPUT_SIDE),
    outputNode: writeSide(outputs, OUTPUT_SIDE),
    inputs: (inputs?.outputs ?? []).map((socket, slot) => writePort(socket, links.flatMap(({ link }) => (link.from === INPUT_SIDE && link.slot === slot ? [link.id] : [])))),
    outputs: (outputs?.inputs ?? []).map((socket) => writePort(socket, links.flatMap(({ link }) => (link.to === OUTPUT_SIDE && link.input === socket.name ? [link.id] : [])))),
    widgets: raw["widgets"] ?? [],
    nodes,
    groups: Object.values(subgraph.groups).map(writeGroup),
    links: links.map(({ link, targetSlot, originSlot, type }) => ({
      ...Object.fromEntries(Object.entries(link.raw).filter(([key]) => !["parentId", "hidden", "label"].includes(key))),
      ...{ id: link.id, origin_id: fileId(link.from), origin_slot: originSlot, target_id: fileId(link.to), target_slot: targetSlot, type },
      ...(link.reroute === null ? {} : { parentId: link.reroute }),
      ...lookOf(link),
    })),
    ...(reroutes.length > 0 || raw["reroutes"] !== undefined ? { reroutes } : {}),
    extra,
  };
}

const writeSide = (node: DocNode | undefined, id: string): JsonObject => ({
  ...(node?.raw ?? {}),
  id: Number(id),
  bounding: [round(node?.position.x ?? 0), round(node?.position.y ?? 0), round(node?.size.width ?? 140), node === undefined ? 60 : contentHeight(node, undefined)],
});

function writePort(socket: InputSocket | OutputSocket, linkIds: readonly number[]): JsonObject {
  const written: JsonObject = { ...socket.raw, id: socket.raw["id"] ?? portId(socket.name), name: socket.name, type: socket.type, linkIds: [...linkIds] };
  setText(written, "label", socket.label);
  return written;
}

/** A port that was made without an id gets one that stays the same at every writing. */
function portId(name: string): string {
  const sums = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((seed) => {
    let sum = seed;
    for (const char of name) sum = Math.imul(sum ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    return sum.toString(16).padStart(8, "0");
  });
  const hex = sums.join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface WrittenLink {
  readonly link: DocLink;
  readonly originSlot: number;
  readonly targetSlot: number;
  readonly type: Json;
}

interface WrittenGraph {
  readonly nodes: JsonObject[];
  readonly links: readonly WrittenLink[];
}

function writeGraph(graph: Graph, defs: NodeDefs, instances: ReadonlySet<string>): WrittenGraph {
  const links = Object.values(graph.links);
  const order = topologicalOrder(graph, links);
  const index = indexLinks(links);
  const own = Object.values(graph.nodes).filter((node) => !isSide(node.id));
  const nodes = own.map((node) => writeNode(node, defs[node.type], index, order.get(node.id) ?? 0, instances.has(node.type)));
  const slots = new Map(nodes.map((node) => [text(node["id"]), list(node["inputs"])]));
  return { nodes, links: links.map((link) => writeLink(graph, link, slots.get(link.to) ?? [])) };
}

interface LinkIndex {
  readonly into: ReadonlyMap<string, number>;
  readonly outOf: ReadonlyMap<string, number[]>;
}

function indexLinks(links: readonly DocLink[]): LinkIndex {
  const into = new Map<string, number>();
  const outOf = new Map<string, number[]>();
  for (const link of links) {
    into.set(`${link.to}|${link.input}`, link.id);
    const key = `${link.from}|${link.slot}`;
    outOf.set(key, [...(outOf.get(key) ?? []), link.id]);
  }
  return { into, outOf };
}

const fileId = (id: string): Json => (/^-?\d+$/.test(id) ? Number(id) : id);

function writeNode(node: DocNode, def: NodeDef | undefined, links: LinkIndex, order: number, isInstance: boolean): JsonObject {
  const flags = { ...(isObject(node.raw["flags"]) ? node.raw["flags"] : {}) };
  setFlag(flags, "collapsed", node.collapsed);
  setFlag(flags, "pinned", node.pinned);
  const written: JsonObject = {
    ...node.raw,
    id: fileId(node.id),
    type: node.type,
    pos: [round(node.position.x), round(node.position.y + titleHeight(node.type))],
    size: writeSize(node),
    flags,
    order,
    mode: node.mode,
    inputs: writeInputs(node, links),
    outputs: writeOutputs(node, links),
    properties: isObject(node.raw["properties"]) ? node.raw["properties"] : isInstance ? {} : { "Node name for S&R": node.type },
  };
  setText(written, "title", node.title);
  setText(written, "color", node.color);
  // The body was tinted with the title; a body tinted alone stays so.
  if (node.color === null && node.raw["color"] !== undefined) delete written["bgcolor"];
  if (def !== undefined) writeWidgets(written, node, def, isInstance, (name) => links.into.has(`${node.id}|${name}`));
  else if (node.known) written["widgets_values"] = writeCanvasValues(node);
  return written;
}

/** A node that is drawn wider than its file says, because no node is narrower, keeps what the file says. */
function writeSize(node: DocNode): Json {
  const [width] = pair(node.raw["size"], [0, 0]);
  const isWidened = width > 0 && width < NARROWEST.node && node.size.width === NARROWEST.node;
  return [isWidened ? width : round(node.size.width), round(node.size.height - titleHeight(node.type))];
}

function writeWidgets(written: JsonObject, node: DocNode, def: NodeDef, isInstance: boolean, isLinked: IsLinked): void {
  if (isInstance) return writeHeld(written, node, def);
  const before = node.raw["widgets_values"];
  const named = writeNamed(def, node.values, isLinked);
  written["widgets_values"] = isObject(before) ? { ...before, ...named } : writeValues(def, node.values, node.tail, isLinked);
  if (isObject(node.raw["widgets_values_named"])) written["widgets_values_named"] = { ...node.raw["widgets_values_named"], ...named };
}

function writeCanvasValues(node: DocNode): Json[] {
  const rest = list(node.raw["widgets_values"]).slice(2);
  const value = node.values["value"];
  const control = node.values[controlKey("value")];
  if (value === undefined) return [];
  return control === undefined ? [value] : [value, control, ...rest];
}

const round = (value: number): number => Math.round(value * 100) / 100;

function setFlag(flags: JsonObject, name: string, value: boolean): void {
  if (value) flags[name] = true;
  else Reflect.deleteProperty(flags, name);
}

function setText(target: JsonObject, name: string, value: string | null): void {
  if (value === null) Reflect.deleteProperty(target, name);
  else target[name] = value;
}

/** Sockets of widgets are written only where something is linked or named, as old readers expect. */
function writeInputs(node: DocNode, links: LinkIndex): Json[] {
  return node.inputs.flatMap((input) => {
    const link = links.into.get(`${node.id}|${input.name}`) ?? null;
    if (node.known && input.isWidget && link === null && input.raw["label"] === undefined) return [];
    const widget: JsonObject = input.isWidget ? { widget: input.raw["widget"] ?? { name: input.name } } : {};
    const shape: JsonObject = input.isOptional && !input.isWidget ? { shape: 7 } : {};
    const linked: JsonObject = link === null && !node.known && input.raw["link"] === undefined ? {} : { link };
    return [{ ...shape, ...input.raw, name: input.name, type: input.raw["type"] ?? input.type, ...linked, ...widget }];
  });
}

function writeOutputs(node: DocNode, links: LinkIndex): Json[] {
  return node.outputs.map((output, slot) => {
    const own = links.outOf.get(`${node.id}|${slot}`) ?? [];
    return { ...output.raw, name: output.raw["name"] ?? output.name, type: output.raw["type"] ?? output.type, ...writeOutputLinks(node, output, slot, own) };
  });
}

/** Of a type that nobody knows only what was linked anew differs from the file. */
function writeOutputLinks(node: DocNode, output: OutputSocket, slot: number, own: Json[]): JsonObject {
  const empty = node.known || !Array.isArray(output.raw["links"]) ? null : [];
  return { links: own.length > 0 ? own : empty, ...(node.known ? { slot_index: slot } : {}) };
}

function writeLink(graph: Graph, link: DocLink, inputs: readonly Json[]): WrittenLink {
  const isOut = link.to === OUTPUT_SIDE;
  const slot = isOut
    ? (graph.nodes[OUTPUT_SIDE]?.inputs.findIndex((socket) => socket.name === link.input) ?? 0)
    : inputs.findIndex((input) => isObject(input) && input["link"] === link.id);
  const type = graph.nodes[link.from]?.outputs[link.slot]?.type ?? link.type;
  return { link, originSlot: link.slot, targetSlot: Math.max(slot, 0), type: link.type || type };
}

function writeGroup(group: DocGroup): JsonObject {
  const { position, size } = group;
  const written: JsonObject = { ...group.raw, id: fileId(group.id.slice(1)), title: group.title, bounding: [round(position.x), round(position.y), round(size.width), round(size.height)] };
  setText(written, "color", group.color);
  return written;
}

function writeReroutes(graph: Graph): JsonObject[] {
  const users = new Map<number, number[]>();
  for (const link of Object.values(graph.links)) {
    const seen = new Set<number>();
    for (let at = link.reroute; at !== null && !seen.has(at); at = graph.reroutes[at]?.parent ?? null) {
      seen.add(at);
      users.set(at, [...(users.get(at) ?? []), link.id]);
    }
  }
  return Object.values(graph.reroutes).map((reroute) => writeReroute(reroute, users.get(reroute.id) ?? []));
}

function writeReroute({ id, parent, position, raw }: Reroute, linkIds: readonly number[]): JsonObject {
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "parentId"));
  return { ...rest, id, ...(parent === null ? {} : { parentId: parent }), pos: [round(position.x), round(position.y)], linkIds: [...linkIds] };
}

const lookOf = (link: DocLink): JsonObject => ({ ...(link.hidden ? { hidden: true } : {}), ...(link.label === null ? {} : { label: link.label }) });

/** Form 0.4 has no place in its links for bends and looks: they stand beside. */
function linkExtras(graph: Graph, extra: JsonObject): JsonObject {
  const kept = Object.fromEntries(Object.entries(extra).filter(([key]) => !["reroutes", "linkExtensions", "linkPresentation"].includes(key)));
  const links = Object.values(graph.links);
  const reroutes = writeReroutes(graph);
  const extensions = links.flatMap((link) => (link.reroute === null ? [] : [{ id: link.id, parentId: link.reroute }]));
  const looks = links.flatMap((link): [string, JsonObject][] => (link.hidden || link.label !== null ? [[String(link.id), lookOf(link)]] : []));
  return {
    ...kept,
    ...(reroutes.length > 0 ? { reroutes } : {}),
    ...(extensions.length > 0 ? { linkExtensions: extensions } : {}),
    ...(looks.length > 0 ? { linkPresentation: Object.fromEntries(looks) } : {}),
  };
}

function topologicalOrder(graph: Graph, links: readonly DocLink[]): Map<string, number> {
  const waiting = new Map(Object.keys(graph.nodes).map((id) => [id, 0]));
  const after = new Map<string, string[]>();
  for (const link of links) {
    waiting.set(link.to, (waiting.get(link.to) ?? 0) + 1);
    const next = after.get(link.from);
    if (next === undefined) after.set(link.from, [link.to]);
    else next.push(link.to);
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  const order = new Map<string, number>();
  for (const id of ready) {
    if (!isSide(id)) order.set(id, order.size);
    for (const next of after.get(id) ?? []) {
      const left = (waiting.get(next) ?? 1) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return order;
}
