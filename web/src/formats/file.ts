/** The canvas file (form 0.4 and schema 1) as typed plain data; whatever is not named here is carried along. */
import { isObject, parseJson, type Json, type JsonObject } from "./json";

export interface FileInput {
  readonly name: string;
  readonly type: string;
  readonly link: number | null;
  readonly widget: string | null;
  readonly label: string | null;
  readonly raw: JsonObject;
}

export interface FileOutput {
  readonly name: string;
  readonly type: string;
  readonly label: string | null;
  readonly raw: JsonObject;
}

export interface FileNode {
  readonly id: string;
  readonly type: string;
  readonly mode: number;
  readonly title: string | null;
  readonly inputs: readonly FileInput[];
  readonly outputs: readonly FileOutput[];
  readonly raw: JsonObject;
}

export interface FileLink {
  readonly id: number;
  readonly origin: string;
  readonly originSlot: number;
  readonly target: string;
  readonly targetSlot: number;
  readonly type: string;
  readonly raw: JsonObject;
}

export interface FileGraph {
  readonly nodes: readonly FileNode[];
  readonly links: ReadonlyMap<number, FileLink>;
  readonly raw: JsonObject;
}

export interface SubgraphDef extends FileGraph {
  readonly id: string;
  readonly name: string;
  readonly inputs: readonly FileOutput[];
  readonly outputs: readonly FileOutput[];
}

export interface CanvasFile extends FileGraph {
  readonly subgraphs: ReadonlyMap<string, SubgraphDef>;
}

export type FileKind = "canvas" | "api" | "other";

export class FormatError extends Error {}

export function kindOf(doc: unknown): FileKind {
  if (!isObject(doc)) return "other";
  if (Array.isArray(doc["nodes"])) return "canvas";
  const holdsNode = (value: Json): boolean => isObject(value) && typeof value["class_type"] === "string";
  if (Object.values(doc).some(holdsNode)) return "api";
  const inner = doc["prompt"];
  return isObject(inner) && Object.values(inner).some(holdsNode) ? "api" : "other";
}

export function readCanvas(source: Json): CanvasFile {
  if (kindOf(source) !== "canvas" || !isObject(source)) throw new FormatError("no nodes");
  const subgraphs = new Map<string, SubgraphDef>();
  const definitions = isObject(source["definitions"]) ? source["definitions"] : {};
  for (const raw of list(definitions["subgraphs"])) {
    if (!isObject(raw)) continue;
    const def = subgraph(raw);
    subgraphs.set(def.id, def);
    // Definitions may be nested in the file as well as in meaning.
    if (isObject(raw["definitions"])) {
      for (const inner of list(raw["definitions"]["subgraphs"])) if (isObject(inner)) subgraphs.set(text(inner["id"]), subgraph(inner));
    }
  }
  return { ...graph(source), subgraphs };
}

function subgraph(raw: JsonObject): SubgraphDef {
  return {
    ...graph(raw),
    id: text(raw["id"]),
    name: text(raw["name"]),
    inputs: list(raw["inputs"]).map(output),
    outputs: list(raw["outputs"]).map(output),
  };
}

function graph(raw: JsonObject): FileGraph {
  const links = new Map<number, FileLink>();
  const found = raw["links"];
  for (const item of Array.isArray(found) ? found : isObject(found) ? Object.values(found) : []) {
    const parsed = link(item);
    if (parsed !== null) links.set(parsed.id, parsed);
  }
  return { nodes: list(raw["nodes"]).flatMap(node), links, raw };
}

function link(raw: Json): FileLink | null {
  if (Array.isArray(raw)) {
    const [id, origin, originSlot, target, targetSlot, type] = raw;
    return { id: Number(id), origin: text(origin), originSlot: Number(originSlot), target: text(target), targetSlot: Number(targetSlot), type: wire(type), raw: {} };
  }
  if (!isObject(raw)) return null;
  return {
    id: Number(raw["id"]),
    origin: text(raw["origin_id"]),
    originSlot: Number(raw["origin_slot"]),
    target: text(raw["target_id"]),
    targetSlot: Number(raw["target_slot"]),
    type: wire(raw["type"]),
    raw,
  };
}

function node(raw: Json): FileNode[] {
  if (!isObject(raw) || raw["id"] === undefined) return [];
  return [
    {
      id: text(raw["id"]),
      type: text(raw["type"]),
      mode: Number(raw["mode"] ?? 0),
      title: typeof raw["title"] === "string" ? raw["title"] : null,
      inputs: list(raw["inputs"]).map(input),
      outputs: list(raw["outputs"]).map(output),
      raw,
    },
  ];
}

function input(raw: Json): FileInput {
  const source = isObject(raw) ? raw : {};
  const widget = source["widget"];
  const id = source["link"];
  return {
    ...output(raw),
    link: typeof id === "number" ? id : null,
    widget: isObject(widget) ? text(widget["name"]) : null,
  };
}

function output(raw: Json): FileOutput {
  const source = isObject(raw) ? raw : {};
  return {
    name: text(source["name"]),
    type: wire(source["type"]),
    label: typeof source["label"] === "string" ? source["label"] : null,
    raw: source,
  };
}

/** Event sockets of old files carry the number -1 for a type, drop-downs a list. */
function wire(type: Json | undefined): string {
  if (typeof type === "string") return type || "*";
  return Array.isArray(type) ? "COMBO" : "*";
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

export function pair(value: Json | undefined, fallback: readonly [number, number]): [number, number] {
  const source = Array.isArray(value) ? value : isObject(value) ? [value["0"], value["1"]] : [];
  const [a, b] = [Number(source[0]), Number(source[1])];
  return [Number.isFinite(a) ? a : fallback[0], Number.isFinite(b) ? b : fallback[1]];
}

export function readText(source: string): Json {
  try {
    return parseJson(source.replace(/^\uFEFF/, ""));
  } catch {
    throw new FormatError("not JSON");
  }
}
