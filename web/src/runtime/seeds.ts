/** What a seed becomes after it was queued. */
import type { Json } from "@/formats/json";
import type { NodeDefs } from "@/formats/definitions";
import { controlKey, widgetsIn, type Widget } from "@/formats/widgets";
import { withSubgraphs } from "@/model/definitions";
import { graphsOf } from "@/model/pages";
import type { Doc, DocNode, Graph } from "@/model/types";

/** Random seeds stay where every program keeps them exact. */
export const RANDOM_LIMIT = 2 ** 50;

type Random = () => number;

const big = (value: Json | undefined, fallback: bigint): bigint => {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)) : fallback;
};

const plain = (value: bigint): Json => (value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);

export function nextNumber(value: Json, mode: Json, options: Widget["input"]["options"], random: Random): Json {
  const isFloat = typeof value === "number" && !Number.isInteger(value);
  if (isFloat) return nextFloat(value, mode, options, random);
  const low = big(options["min"], 0n);
  const high = big(options["max"], 18446744073709551615n);
  const step = big(options["step"], 1n) || 1n;
  const now = big(value, 0n);
  const clamp = (next: bigint): Json => plain(next < low ? low : next > high ? high : next);
  if (mode === "increment") return clamp(now + step);
  if (mode === "decrement") return clamp(now - step);
  if (mode !== "randomize") return value;
  const limit = BigInt(RANDOM_LIMIT);
  const top = high < limit ? high : limit;
  const bottom = low > -limit ? low : -limit;
  const span = Number(top - bottom);
  return plain(bottom + BigInt(Math.floor(random() * span)));
}

function nextFloat(value: number, mode: Json, options: Widget["input"]["options"], random: Random): number {
  const [low, high, step] = [Number(options["min"] ?? 0), Number(options["max"] ?? 1), Number(options["step"] ?? 0.1)];
  const clamp = (next: number): number => Math.min(high, Math.max(low, next));
  if (mode === "increment") return clamp(value + step);
  if (mode === "decrement") return clamp(value - step);
  return mode === "randomize" ? low + random() * (high - low) : value;
}

function nextChoice(value: Json, mode: Json, choices: readonly Json[], random: Random): Json {
  const at = choices.indexOf(value);
  const last = choices.length - 1;
  if (choices.length === 0) return value;
  if (mode === "increment") return choices[Math.min(last, at + 1)] ?? value;
  if (mode === "increment-wrap") return choices[(at + 1) % choices.length] ?? value;
  if (mode === "decrement") return choices[Math.max(0, at - 1)] ?? value;
  return mode === "randomize" ? (choices[Math.floor(random() * choices.length)] ?? value) : value;
}

/** The document after one queueing: every controlled value that no wire feeds moves on, on all pages, those that instances hold too. `defs` are the server's. */
export function advanceSeeds(whole: Doc, serverDefs: NodeDefs, random: Random = Math.random): Doc {
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  let doc = whole;
  for (const [id, graph] of graphsOf(whole)) {
    const nodes = advancedNodes(graph, defs, random);
    if (nodes === graph.nodes) continue;
    const subgraph = id === null ? undefined : doc.subgraphs[id];
    doc = subgraph === undefined ? { ...doc, nodes } : { ...doc, subgraphs: { ...doc.subgraphs, [subgraph.id]: { ...subgraph, nodes } } };
  }
  return doc;
}

function advancedNodes(graph: Graph, defs: NodeDefs, random: Random): Graph["nodes"] {
  const fed = new Set(Object.values(graph.links).map((link) => `${link.to}|${link.input}`));
  let nodes = graph.nodes;
  for (const node of Object.values(graph.nodes)) {
    const values = advanced(node, defs, (input) => fed.has(`${node.id}|${input}`), random);
    if (values !== node.values) nodes = { ...nodes, [node.id]: { ...node, values } };
  }
  return nodes;
}

function advanced(node: DocNode, defs: NodeDefs, isFed: (input: string) => boolean, random: Random): DocNode["values"] {
  const def = defs[node.type];
  if (node.type === "PrimitiveNode") return primitive(node, random);
  if (def === undefined) return node.values;
  let values = node.values;
  for (const widget of widgetsIn(def, node)) {
    const mode = values[controlKey(widget.name)];
    if (!widget.inPrompt || mode === undefined || mode === "fixed" || isFed(widget.name)) continue;
    const before = values[widget.key] ?? 0;
    const choices = widget.input.choices;
    const next = choices === null ? nextNumber(before, mode, widget.input.options, random) : nextChoice(before, mode, choices, random);
    if (next !== before) values = { ...values, [widget.key]: next };
  }
  return values;
}

function primitive(node: DocNode, random: Random): DocNode["values"] {
  const value = node.values["value"];
  const control = node.values[controlKey("value")];
  if ((typeof value !== "number" && typeof value !== "bigint") || control === undefined) return node.values;
  const next = nextNumber(value, control, {}, random);
  return next === value ? node.values : { ...node.values, value: next };
}
