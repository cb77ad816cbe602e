/** Canvas file -> document: the outermost page, and every subgraph as a page of its own. */
import { subgraphDef } from "@/model/definitions";
import { defaultSize } from "@/model/geometry";
import { INPUT_SIDE, MODE, OUTPUT_SIDE, SIDE_TYPES, type Doc, type DocGroup, type DocLink, type DocNode, type Graph, type InputSocket, type OutputSocket, type Reroute, type Subgraph } from "@/model/types";

import type { NodeDef, NodeDefs } from "./definitions";
import { list, pair, readCanvas, text, type CanvasFile, type FileGraph, type FileInput, type FileNode, type FileOutput, type SubgraphDef } from "./file";
import { heldControls } from "./held";
import { isObject, type Json, type JsonObject } from "./json";
import { linkedIn, type IsLinked } from "./parts";
import { hostValues } from "./promoted";
import { withoutProxies } from "./proxies";
import { inputSockets, outputSockets } from "./sockets";
import { controlKey, readValues } from "./widgets";

/** In files a position is that of the body; the title, where there is one, stands above it. */
export const titleHeight = (type: string): number => (type === "Reroute" ? 0 : 30);
export const NARROWEST = { reroute: 40, node: 140 };
const CANVAS_TYPES: ReadonlySet<string> = new Set(["Reroute", "PrimitiveNode", "Note", "MarkdownNote"]);
const SIDE_WIDTH = 140;
/** How far an edge of a page stands from its nodes when the file does not say. */
const SIDE_GAP = 80;

export function readDocument(source: Json, defs: NodeDefs): Doc {
  const file = readCanvas(withoutProxies(source, defs));
  const all: Record<string, NodeDef> = { ...defs };
  const subgraphs: Record<string, Subgraph> = {};
  for (const def of innermostFirst(file)) {
    const subgraph = readSubgraph(file, def, all);
    subgraphs[def.id] = subgraph;
    all[def.id] = subgraphDef(subgraph, all);
  }
  // In the order of the file.
  const ordered = Object.fromEntries([...file.subgraphs.keys()].flatMap((id) => (subgraphs[id] === undefined ? [] : [[id, subgraphs[id]]])));
  return { ...readGraph(file, file, all), subgraphs: ordered };
}

function innermostFirst(file: CanvasFile): readonly SubgraphDef[] {
  const order: SubgraphDef[] = [];
  const seen = new Set<string>();
  const visit = (def: SubgraphDef): void => {
    if (seen.has(def.id)) return;
    seen.add(def.id);
    for (const node of def.nodes) {
      const inner = file.subgraphs.get(node.type);
      if (inner !== undefined) visit(inner);
    }
    order.push(def);
  };
  for (const def of file.subgraphs.values()) visit(def);
  return order;
}

function readGraph(file: CanvasFile, graph: FileGraph, defs: NodeDefs, sides: readonly DocNode[] = []): Graph {
  const own = graph.nodes.map((node) => readNode(file, graph, node, defs));
  const nodes = Object.fromEntries([...own, ...sides].map((node) => [node.id, node]));
  const { raw } = graph;
  const links = readLinks(graph, nodes);
  const state = isObject(raw["state"]) ? raw["state"] : {};
  const numericIds = graph.nodes.map((node) => Number(node.id)).filter(Number.isFinite);
  return {
    nodes,
    links,
    reroutes: readReroutes(raw),
    groups: Object.fromEntries(list(raw["groups"]).flatMap(readGroup).map((group) => [group.id, group])),
    lastNodeId: Math.max(0, Number(raw["last_node_id"] ?? state["lastNodeId"] ?? 0) || 0, ...numericIds),
    lastLinkId: Math.max(0, Number(raw["last_link_id"] ?? state["lastLinkId"] ?? 0) || 0, ...[...graph.links.keys()]),
    raw,
  };
}

function readSubgraph(file: CanvasFile, def: SubgraphDef, defs: NodeDefs): Subgraph {
  const graph = readGraph(file, def, defs, sidesOf(def, defs));
  return { ...graph, id: def.id, name: def.name };
}

/** The edges of a subgraph's page, as nodes. */
function sidesOf(def: SubgraphDef, defs: NodeDefs): readonly DocNode[] {
  const boxes = def.nodes.map((node) => ({ at: pair(node.raw["pos"], [0, 0]), size: pair(node.raw["size"], [200, 100]), known: defs[node.type] !== undefined }));
  const left = Math.min(0, ...boxes.map((box) => box.at[0])) - SIDE_GAP - SIDE_WIDTH;
  const right = Math.max(400, ...boxes.map((box) => box.at[0] + box.size[0])) + SIDE_GAP;
  const top = Math.min(...boxes.map((box) => box.at[1]), 1e9);
  const y = top === 1e9 ? 0 : top;
  const inputs = def.inputs.map((socket): OutputSocket => ({ ...port(socket), isList: false }));
  const outputs = def.outputs.map((socket): InputSocket => ({ ...port(socket), isWidget: false, isOptional: false }));
  return [
    side(INPUT_SIDE, def.raw["inputNode"], { x: left, y }, { inputs: [], outputs: inputs }),
    side(OUTPUT_SIDE, def.raw["outputNode"], { x: right, y }, { inputs: outputs, outputs: [] }),
  ];
}

const port = (socket: FileOutput): { name: string; type: string; label: string | null; raw: JsonObject } => ({ name: socket.name, type: socket.type, label: socket.label, raw: socket.raw });

export function side(id: typeof INPUT_SIDE | typeof OUTPUT_SIDE, file: Json | undefined, at: { x: number; y: number }, sockets: Pick<DocNode, "inputs" | "outputs">): DocNode {
  const raw = isObject(file) ? file : {};
  const bounding = list(raw["bounding"]).map(Number);
  const [x, y, width] = bounding;
  const natural = defaultSize({ ...sockets, values: {} }, undefined);
  return {
    ...{ id, type: SIDE_TYPES[id], title: null, mode: MODE.always, collapsed: false, pinned: false, color: null },
    position: x !== undefined && y !== undefined && Number.isFinite(x + y) ? { x, y } : at,
    size: { width: Math.max(SIDE_WIDTH, width !== undefined && Number.isFinite(width) ? width : 0), height: natural.height },
    ...sockets,
    ...{ values: {}, tail: [], known: true, raw },
  };
}

function readNode(all: CanvasFile, graph: FileGraph, file: FileNode, defs: NodeDefs): DocNode {
  const def = defs[file.type];
  const [x, y] = pair(file.raw["pos"], [0, 0]);
  const read = def === undefined ? { values: {}, tail: [] } : readValues(def, valuesOf(all, file, defs), linkedIn(file.inputs));
  const inputs = inputSockets(def, file.inputs, read.values, linkedIn(wired(graph, file)));
  const outputs = outputSockets(def, all.subgraphs.has(file.type) ? inOrderOf(def, file.outputs) : file.outputs);
  const natural = defaultSize({ inputs, outputs, values: read.values }, def);
  const title = titleHeight(file.type);
  const [width, height] = pair(file.raw["size"], [natural.width, natural.height - title]);
  const flags = isObject(file.raw["flags"]) ? file.raw["flags"] : {};
  return {
    id: file.id,
    type: file.type,
    title: file.title,
    position: { x, y: y - title },
    size: { width: Math.max(width, file.type === "Reroute" ? NARROWEST.reroute : NARROWEST.node), height: height + title },
    mode: file.mode,
    collapsed: flags["collapsed"] === true,
    pinned: flags["pinned"] === true,
    color: typeof file.raw["color"] === "string" ? file.raw["color"] : null,
    inputs,
    outputs,
    values: def === undefined && CANVAS_TYPES.has(file.type) ? canvasValues(file) : { ...read.values, ...heldControls(file, def) },
    tail: read.tail,
    known: def !== undefined || CANVAS_TYPES.has(file.type),
    raw: file.raw,
  };
}

/** Its inputs, without links that the file does not have. */
const wired = (graph: FileGraph, { inputs }: FileNode): readonly FileInput[] => inputs.map((input) => (input.link === null || graph.links.has(input.link) ? input : { ...input, link: null }));

/** What an instance of a subgraph holds is named by the subgraph's inputs, in whichever of several ways it is written. */
function valuesOf(all: CanvasFile, file: FileNode, defs: NodeDefs): { list?: Json | undefined; named?: Json | undefined } {
  const subgraph = all.subgraphs.get(file.type);
  if (subgraph === undefined) return { list: file.raw["widgets_values"], named: file.raw["widgets_values_named"] };
  return { named: hostValues(all, defs, file, subgraph) };
}

function inOrderOf(def: NodeDef | undefined, outputs: readonly FileOutput[]): readonly FileOutput[] {
  return def === undefined ? outputs : def.outputs.map((output) => outputs.find((socket) => socket.name === output.name) ?? { name: output.name, type: output.type, label: null, raw: {} });
}

/** Notes and primitives keep their one value under `value`, its control mode beside it. */
function canvasValues(file: FileNode): Record<string, Json> {
  const values = list(file.raw["widgets_values"]);
  const read: Record<string, Json> = {};
  if (values[0] !== undefined) read["value"] = values[0];
  if (values[1] !== undefined) read[controlKey("value")] = values[1];
  return read;
}

interface Look {
  readonly hidden: boolean;
  readonly label: string | null;
}

function readLinks(graph: FileGraph, nodes: Readonly<Record<string, DocNode>>): Record<number, DocLink> {
  const links: Record<number, DocLink> = {};
  const extra = isObject(graph.raw["extra"]) ? graph.raw["extra"] : {};
  const parents = new Map(list(extra["linkExtensions"]).filter(isObject).map((item) => [Number(item["id"]), item["parentId"]]));
  const looks = isObject(extra["linkPresentation"]) ? extra["linkPresentation"] : {};
  const sources = new Map(graph.nodes.map((node) => [node.id, node]));
  const add = (id: number | null, to: string, input: string): void => {
    const link = id === null ? undefined : graph.links.get(id);
    const from = link === undefined ? undefined : nodes[link.origin];
    if (link === undefined || from === undefined) return;
    const look = lookOf(isObject(looks[String(link.id)]) ? looks[String(link.id)] : link.raw);
    const parent = parents.get(link.id) ?? link.raw["parentId"];
    links[link.id] = { id: link.id, from: link.origin, slot: slotOf(from, sources.get(link.origin), link.originSlot), to, input, type: link.type, reroute: typeof parent === "number" ? parent : null, ...look, raw: link.raw };
  };
  for (const node of graph.nodes) for (const input of node.inputs) add(input.link, node.id, input.name);
  const outputs = nodes[OUTPUT_SIDE]?.inputs ?? [];
  for (const link of graph.links.values()) if (link.target === OUTPUT_SIDE) add(link.id, OUTPUT_SIDE, outputs[link.targetSlot]?.name ?? "");
  return links;
}

/** Outputs of an instance were put in the order of its subgraph. */
function slotOf(node: DocNode, file: FileNode | undefined, slot: number): number {
  const name = file?.outputs[slot]?.name;
  if (name === undefined || node.outputs[slot]?.name === name) return slot;
  const found = node.outputs.findIndex((output) => output.raw === file?.outputs[slot]?.raw);
  return found < 0 ? slot : found;
}

function lookOf(raw: Json | undefined): Look {
  const look = isObject(raw) ? raw : {};
  return { hidden: look["hidden"] === true, label: typeof look["label"] === "string" && look["label"] !== "" ? look["label"] : null };
}

function readReroutes(raw: JsonObject): Record<number, Reroute> {
  const extra = isObject(raw["extra"]) ? raw["extra"] : {};
  const found = raw["reroutes"] ?? extra["reroutes"];
  const items = (Array.isArray(found) ? found : isObject(found) ? Object.values(found) : []).filter(isObject);
  const reroutes = items.flatMap((item): Reroute[] => {
    const [x, y] = pair(item["pos"], [Number.NaN, Number.NaN]);
    const id = Number(item["id"]);
    if (!Number.isFinite(x + y) || !Number.isInteger(id)) return [];
    return [{ id, parent: typeof item["parentId"] === "number" ? item["parentId"] : null, position: { x, y }, raw: item }];
  });
  return Object.fromEntries(reroutes.map((reroute) => [reroute.id, reroute]));
}

function readGroup(raw: Json, index: number): DocGroup[] {
  if (!isObject(raw) || !Array.isArray(raw["bounding"])) return [];
  const [x, y, width, height] = raw["bounding"].map(Number);
  return [
    {
      id: `g${text(raw["id"]) || String(index + 1)}`,
      title: text(raw["title"]),
      position: { x: x ?? 0, y: y ?? 0 },
      size: { width: width ?? 200, height: height ?? 120 },
      color: typeof raw["color"] === "string" ? raw["color"] : null,
      raw,
    },
  ];
}

/** A new node of a known type; one that was named before it was drawn has values and links already. */
export function newNode(id: string, type: string, def: NodeDef | undefined, position: { x: number; y: number }, named: JsonObject = {}, isLinked: IsLinked = () => false): DocNode {
  const values = def === undefined ? {} : readValues(def, { named }, isLinked).values;
  const inputs = inputSockets(def, [], values, isLinked);
  const outputs = outputSockets(def, []);
  const size = defaultSize({ inputs, outputs, values }, def);
  return {
    ...{ id, type, title: null, position, size, mode: MODE.always, collapsed: false, pinned: false, color: null },
    ...{ inputs, outputs, values, tail: [], known: true, raw: {} },
  };
}
