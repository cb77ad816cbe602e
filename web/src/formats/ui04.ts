/** Canvas file <-> document. What the document does not know stays in `raw` and is written back. */
import { defaultSize } from "@/model/geometry";
import { MODE, type Doc, type DocGroup, type DocLink, type DocNode } from "@/model/types";

import type { NodeDef, NodeDefs } from "./definitions";
import { list, pair, readCanvas, text, type CanvasFile, type FileNode } from "./file";
import { isObject, type Json, type JsonObject } from "./json";
import type { IsLinked } from "./parts";
import { inputSockets, outputSockets } from "./sockets";
import { controlKey, readValues, writeNamed, writeValues } from "./widgets";

/** In files a position is that of the body; the title stands above it. */
const TITLE = 30;
/** Parts of schema 1 that have another place in 0.4. */
const SCHEMA_1_ONLY = new Set(["state", "reroutes"]);
const CANVAS_TYPES = new Set(["Reroute", "PrimitiveNode", "Note", "MarkdownNote"]);

export function readDocument(source: Json, defs: NodeDefs): Doc {
  const file = readCanvas(source);
  const nodes = Object.fromEntries(file.nodes.map((node) => [node.id, readNode(node, defs[node.type])]));
  const links = readLinks(file, nodes);
  const raw = isObject(source) ? source : {};
  const state = isObject(raw["state"]) ? raw["state"] : {};
  const numericIds = file.nodes.map((node) => Number(node.id)).filter(Number.isFinite);
  return {
    nodes,
    links,
    groups: Object.fromEntries(list(raw["groups"]).flatMap(readGroup).map((group) => [group.id, group])),
    lastNodeId: Math.max(0, Number(raw["last_node_id"] ?? state["lastNodeId"] ?? 0), ...numericIds),
    lastLinkId: Math.max(0, Number(raw["last_link_id"] ?? state["lastLinkId"] ?? 0), ...Object.keys(links).map(Number)),
    raw,
  };
}

function readNode(file: FileNode, def: NodeDef | undefined): DocNode {
  const [x, y] = pair(file.raw["pos"], [0, 0]);
  const read = def === undefined ? { values: {}, tail: [] } : readValues(def, { list: file.raw["widgets_values"], named: file.raw["widgets_values_named"] });
  const inputs = inputSockets(def, file.inputs, read.values);
  const outputs = outputSockets(def, file.outputs);
  const natural = defaultSize({ inputs, outputs, values: read.values }, def);
  const [width, height] = pair(file.raw["size"], [natural.width, natural.height - TITLE]);
  const flags = isObject(file.raw["flags"]) ? file.raw["flags"] : {};
  return {
    id: file.id,
    type: file.type,
    title: file.title,
    position: { x, y: y - TITLE },
    size: { width: Math.max(width, 140), height: height + TITLE },
    mode: file.mode,
    collapsed: flags["collapsed"] === true,
    pinned: flags["pinned"] === true,
    color: typeof file.raw["color"] === "string" ? file.raw["color"] : null,
    inputs,
    outputs,
    values: def === undefined && CANVAS_TYPES.has(file.type) ? canvasValues(file) : read.values,
    tail: read.tail,
    known: def !== undefined || CANVAS_TYPES.has(file.type),
    raw: file.raw,
  };
}

/** Notes and primitives keep their one value under `value`, its control mode beside it. */
function canvasValues(file: FileNode): Record<string, Json> {
  const values = list(file.raw["widgets_values"]);
  const read: Record<string, Json> = {};
  if (values[0] !== undefined) read["value"] = values[0];
  if (values[1] !== undefined) read[controlKey("value")] = values[1];
  return read;
}

function readLinks(file: CanvasFile, nodes: Readonly<Record<string, DocNode>>): Record<number, DocLink> {
  const links: Record<number, DocLink> = {};
  for (const node of file.nodes) {
    for (const input of node.inputs) {
      const link = input.link === null ? undefined : file.links.get(input.link);
      if (link === undefined || nodes[link.origin] === undefined) continue;
      links[link.id] = { id: link.id, from: link.origin, slot: link.originSlot, to: node.id, input: input.name, type: link.type, raw: link.raw };
    }
  }
  return links;
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

export interface WriteOptions {
  /** View to be restored at the next opening. */
  readonly view?: { readonly scale: number; readonly offset: readonly [number, number] };
}

export function writeDocument(doc: Doc, defs: NodeDefs, options: WriteOptions = {}): JsonObject {
  const links = Object.values(doc.links);
  const order = topologicalOrder(doc, links);
  const index = indexLinks(links);
  const nodes = Object.values(doc.nodes).map((node) => writeNode(node, defs[node.type], index, order.get(node.id) ?? 0));
  const slots = new Map(nodes.map((node) => [text(node["id"]), list(node["inputs"])]));
  const extra = isObject(doc.raw["extra"]) ? doc.raw["extra"] : {};
  const rest = Object.fromEntries(Object.entries(doc.raw).filter(([key]) => !SCHEMA_1_ONLY.has(key)));
  return {
    ...rest,
    last_node_id: doc.lastNodeId,
    last_link_id: doc.lastLinkId,
    nodes,
    links: links.map((link) => writeLink(doc, link, slots.get(link.to) ?? [])),
    groups: Object.values(doc.groups).map(writeGroup),
    config: rest["config"] ?? {},
    extra: { ...prunedExtra(extra, doc.links), ...(options.view === undefined ? {} : { ds: { scale: options.view.scale, offset: [...options.view.offset] } }) },
    version: 0.4,
  };
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

function writeNode(node: DocNode, def: NodeDef | undefined, links: LinkIndex, order: number): JsonObject {
  const flags = { ...(isObject(node.raw["flags"]) ? node.raw["flags"] : {}) };
  setFlag(flags, "collapsed", node.collapsed);
  setFlag(flags, "pinned", node.pinned);
  const written: JsonObject = {
    ...node.raw,
    id: fileId(node.id),
    type: node.type,
    pos: [round(node.position.x), round(node.position.y + TITLE)],
    size: [round(node.size.width), round(node.size.height - TITLE)],
    flags,
    order,
    mode: node.mode,
    inputs: writeInputs(node, links),
    outputs: writeOutputs(node, links),
    properties: isObject(node.raw["properties"]) ? node.raw["properties"] : { "Node name for S&R": node.type },
  };
  setText(written, "title", node.title);
  setText(written, "color", node.color);
  if (node.color === null) delete written["bgcolor"];
  if (def !== undefined) writeWidgets(written, node, def);
  else if (node.known) written["widgets_values"] = writeCanvasValues(node);
  return written;
}

function writeWidgets(written: JsonObject, node: DocNode, def: NodeDef): void {
  const before = node.raw["widgets_values"];
  written["widgets_values"] = isObject(before) ? { ...before, ...writeNamed(def, node.values) } : writeValues(def, node.values, node.tail);
  if (isObject(node.raw["widgets_values_named"]))
    written["widgets_values_named"] = { ...node.raw["widgets_values_named"], ...writeNamed(def, node.values) };
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
    return [{ ...shape, ...input.raw, name: input.name, type: input.raw["type"] ?? input.type, link, ...widget }];
  });
}

function writeOutputs(node: DocNode, links: LinkIndex): Json[] {
  return node.outputs.map((output, slot) => {
    const own = links.outOf.get(`${node.id}|${slot}`) ?? [];
    return { ...output.raw, name: output.raw["name"] ?? output.name, type: output.raw["type"] ?? output.type, links: own.length > 0 ? own : null, slot_index: slot };
  });
}

function writeLink(doc: Doc, link: DocLink, inputs: readonly Json[]): Json {
  const slot = inputs.findIndex((input) => isObject(input) && input["link"] === link.id);
  const type = doc.nodes[link.from]?.outputs[link.slot]?.type ?? link.type;
  return [link.id, fileId(link.from), link.slot, fileId(link.to), Math.max(slot, 0), link.type || type];
}

function writeGroup(group: DocGroup): JsonObject {
  const { position, size } = group;
  const written: JsonObject = { ...group.raw, id: fileId(group.id.slice(1)), title: group.title, bounding: [round(position.x), round(position.y), round(size.width), round(size.height)] };
  setText(written, "color", group.color);
  return written;
}

/** Looks and reroutes of links that are gone would trip other readers. */
function prunedExtra(extra: JsonObject, links: Doc["links"]): JsonObject {
  const pruned = { ...extra };
  const kept = (item: Json): boolean => isObject(item) && Number(item["id"]) in links;
  if (Array.isArray(extra["linkExtensions"])) pruned["linkExtensions"] = extra["linkExtensions"].filter(kept);
  return pruned;
}

function topologicalOrder(doc: Doc, links: readonly DocLink[]): Map<string, number> {
  const waiting = new Map(Object.keys(doc.nodes).map((id) => [id, 0]));
  const after = new Map<string, string[]>();
  for (const link of links) {
    waiting.set(link.to, (waiting.get(link.to) ?? 0) + 1);
    after.set(link.from, [...(after.get(link.from) ?? []), link.to]);
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  const order = new Map<string, number>();
  for (const id of ready) {
    order.set(id, order.size);
    for (const next of after.get(id) ?? []) {
      const left = (waiting.get(next) ?? 1) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return order;
}

/** A new node of a known type; one that was named before it was drawn has values and links already. */
export function newNode(id: string, type: string, def: NodeDef | undefined, position: { x: number; y: number }, named: JsonObject = {}, isLinked: IsLinked = () => false): DocNode {
  const values = def === undefined ? {} : readValues(def, { named }).values;
  const inputs = inputSockets(def, [], values, isLinked);
  const outputs = outputSockets(def, []);
  const size = defaultSize({ inputs, outputs, values }, def);
  return {
    ...{ id, type, title: null, position, size, mode: MODE.always, collapsed: false, pinned: false, color: null },
    ...{ inputs, outputs, values, tail: [], known: true, raw: {} },
  };
}

