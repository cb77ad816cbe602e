/** What a workflow tells of itself, and what it is made of. */
import { isObject, type Json, type JsonObject } from "@/formats/json";
import type { NodeDefs } from "@/formats/definitions";
import { widgetsIn } from "@/formats/widgets";
import { graphsOf } from "@/model/pages";
import { withSubgraphs } from "@/model/definitions";
import { isSide, MODE, type Doc, type DocNode } from "@/model/types";

export interface WorkflowInfo {
  readonly name: string;
  readonly description: string;
  readonly author: string;
  readonly tags: readonly string[];
}

const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const words = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Files of others tell it under `extra.info`, ready-made ones in `extra` itself. */
export function readInfo({ raw }: Doc): WorkflowInfo {
  const extra = inside(raw["extra"]);
  const own = inside(inside(extra["heddle"])["info"]);
  const given = inside(extra["info"]);
  const tags = own["tags"] ?? extra["tags"];
  const pick = (name: string): string => words(own[name]) || words(given[name]);
  return {
    name: pick("name") || words(extra["title"]),
    description: pick("description") || words(extra["description"]),
    author: pick("author"),
    tags: Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [],
  };
}

export function withInfo(whole: Doc, change: Partial<WorkflowInfo>): Doc {
  const extra = inside(whole.raw["extra"]);
  const heddle = inside(extra["heddle"]);
  const { tags, ...texts } = { ...readInfo(whole), ...change };
  return { ...whole, raw: { ...whole.raw, extra: { ...extra, heddle: { ...heddle, info: { ...inside(heddle["info"]), ...texts, tags: [...tags] } } } } };
}

/** "a, b" and "a b," are two tags each. */
export const tagsIn = (text: string): readonly string[] => [...new Set(text.split(/[,，、\n]+/).map((tag) => tag.trim()).filter(Boolean))];

export interface Counts {
  readonly nodes: number;
  readonly links: number;
  readonly groups: number;
  readonly subgraphs: number;
  readonly muted: number;
  readonly types: number;
}

export function countsOf(whole: Doc): Counts {
  const graphs = graphsOf(whole).map(([, graph]) => graph);
  const nodes = graphs.flatMap((graph) => Object.values(graph.nodes).filter((node) => !isSide(node.id)));
  const sum = (count: (graph: (typeof graphs)[number]) => number): number => graphs.reduce((total, graph) => total + count(graph), 0);
  return {
    nodes: nodes.length,
    links: sum((graph) => Object.keys(graph.links).length),
    groups: sum((graph) => Object.keys(graph.groups).length),
    subgraphs: Object.keys(whole.subgraphs).length,
    muted: nodes.filter((node) => node.mode === MODE.muted || node.mode === MODE.bypassed).length,
    types: new Set(nodes.map((node) => node.type)).size,
  };
}

const MODEL_FILE = /\.(safetensors|sft|ckpt|pth?|pt2|bin|gguf|onnx)$/i;

/** Model files that nodes name, each once. */
export function modelsIn(whole: Doc, serverDefs: NodeDefs): readonly string[] {
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  const named = graphsOf(whole).flatMap(([, graph]) => Object.values(graph.nodes).flatMap((node) => namedBy(node, defs)));
  return [...new Set(named)].sort((a, b) => a.localeCompare(b));
}

function namedBy(node: DocNode, defs: NodeDefs): readonly string[] {
  const def = defs[node.type];
  if (def === undefined || def.module === "subgraph") return [];
  return widgetsIn(def, node).flatMap((widget) => {
    const value = node.values[widget.key];
    return widget.kind === "combo" && typeof value === "string" && MODEL_FILE.test(value) ? [value] : [];
  });
}

/** A remark of a person about a node, kept in the node's own properties. */
const NOTE = "heddle.note";

export const noteOf = (node: DocNode): string => words(inside(node.raw["properties"])[NOTE]);

export function withNote(node: DocNode, text: string): Partial<DocNode> {
  const properties = { ...inside(node.raw["properties"]) };
  if (text.trim() === "") Reflect.deleteProperty(properties, NOTE);
  else properties[NOTE] = text;
  return { raw: { ...node.raw, properties } };
}

/** Which pack a node comes from, and in which version it was made, as far as the file tells. */
export function sourceOf(node: DocNode, module: string | undefined): { readonly pack: string; readonly version: string } {
  const properties = inside(node.raw["properties"]);
  const told = words(properties["cnr_id"]) || words(properties["aux_id"]);
  const pack = module === undefined ? told : (/^custom_nodes\.([^.]+)/.exec(module)?.[1] ?? (module === "subgraph" ? "" : "Heddle"));
  return { pack, version: words(properties["ver"]) };
}
