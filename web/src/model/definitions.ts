/** A subgraph is a node type: its definition follows from what stands on its page. */
import type { InputDef, NodeDef, NodeDefs } from "@/formats/definitions";
import type { JsonObject } from "@/formats/json";
import { bringing, partsOf } from "@/formats/parts";
import { controlKey, isControlMode, widgetFor } from "@/formats/widgets";

import { linkIndex } from "./links";
import { INPUT_SIDE, OUTPUT_SIDE, type OutputSocket, type Subgraph, type Subgraphs } from "./types";

interface Known {
  readonly subgraph: Subgraph;
  readonly def: NodeDef;
}

interface Memory {
  /** The last definition of each subgraph: equal ones stay the same object, so that nothing is drawn anew. */
  readonly known: Map<string, Known>;
  subgraphs: Subgraphs | null;
  merged: NodeDefs;
}

const memories = new WeakMap<NodeDefs, Memory>();

/** The server's node types and the document's own. */
export function withSubgraphs(defs: NodeDefs, subgraphs: Subgraphs): NodeDefs {
  const memory = memories.get(defs) ?? { known: new Map<string, Known>(), subgraphs: null, merged: defs };
  memories.set(defs, memory);
  if (memory.subgraphs === subgraphs) return memory.merged;
  const own: Record<string, NodeDef> = {};
  for (const id of innermostFirst(subgraphs)) {
    const subgraph = subgraphs[id];
    if (subgraph !== undefined) own[id] = remembered(memory, subgraph, { ...defs, ...own });
  }
  const isSame = Object.keys(own).length + Object.keys(defs).length === Object.keys(memory.merged).length && Object.entries(own).every(([id, def]) => memory.merged[id] === def);
  if (!isSame) memory.merged = { ...defs, ...own };
  memory.subgraphs = subgraphs;
  return memory.merged;
}

/** Subgraphs after those that are used inside of them. */
function innermostFirst(subgraphs: Subgraphs): readonly string[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const order: string[] = [];
  const visit = (id: string): void => {
    const subgraph = subgraphs[id];
    if (subgraph === undefined || done.has(id) || open.has(id)) return;
    open.add(id);
    for (const node of Object.values(subgraph.nodes)) visit(node.type);
    done.add(id);
    order.push(id);
  };
  for (const id of Object.keys(subgraphs)) visit(id);
  return order;
}

function remembered(memory: Memory, subgraph: Subgraph, defs: NodeDefs): NodeDef {
  const known = memory.known.get(subgraph.id);
  const fresh = subgraphDef(subgraph, defs);
  const def = known !== undefined && JSON.stringify(known.def, plain) === JSON.stringify(fresh, plain) ? known.def : fresh;
  memory.known.set(subgraph.id, { subgraph, def });
  return def;
}

const plain = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);

export function subgraphDef(subgraph: Subgraph, defs: NodeDefs): NodeDef {
  const inputs = subgraph.nodes[INPUT_SIDE]?.outputs ?? [];
  const outputs = subgraph.nodes[OUTPUT_SIDE]?.inputs ?? [];
  return {
    type: subgraph.id,
    title: subgraph.name,
    category: typeof subgraph.raw["category"] === "string" && subgraph.raw["category"] !== "" ? subgraph.raw["category"] : "subgraphs",
    description: typeof subgraph.raw["description"] === "string" ? subgraph.raw["description"] : "",
    module: "subgraph",
    inputs: inputs.map((socket, slot) => inputDef(subgraph, socket, slot, defs)),
    outputs: outputs.map(({ name, type }) => ({ name, type, isList: false, tooltip: "" })),
    isOutput: Object.values(subgraph.nodes).some((node) => defs[node.type]?.isOutput === true),
    deprecated: false,
    experimental: false,
    aliases: ["subgraph"],
  };
}

/** An input that leads to a widget is drawn as that widget; its value inside, and what becomes of it after each run, is the default. */
function inputDef(subgraph: Subgraph, socket: OutputSocket, slot: number, defs: NodeDefs): InputDef {
  const label: JsonObject = socket.label === null ? {} : { display_name: socket.label };
  const bare: InputDef = { name: socket.name, type: socket.type, choices: null, options: { ...label, forceInput: true }, required: false };
  const targets = linkIndex(subgraph.links).outOf.get(`${INPUT_SIDE}|${slot}`) ?? [];
  for (const link of targets) {
    const node = subgraph.nodes[link.to];
    const def = node === undefined ? undefined : defs[node.type];
    if (node === undefined || def === undefined) continue;
    const isBringing = bringing(node.inputs);
    const inner = partsOf(def, node.values, (name) => name === link.input || isBringing(name)).find((part) => part.name === link.input);
    if (inner === undefined) continue;
    if (widgetFor(inner) === null) return { ...bare, type: inner.type, required: inner.required };
    const value = node.values[inner.name];
    const control = node.values[controlKey(inner.name)];
    const options: JsonObject = { ...inner.options, ...label, control_after_generate: isControlMode(control) ? control : false, ...(value === undefined ? {} : { default: value }) };
    return { name: socket.name, type: inner.type, choices: inner.choices, options, required: true };
  }
  return bare;
}

/** Outputs as the subgraph calls them; inputs are called by its definition. */
export const outputsCalled = (subgraph: Subgraph, outputs: readonly OutputSocket[]): readonly OutputSocket[] =>
  outputs.map((output) => ({ ...output, label: subgraph.nodes[OUTPUT_SIDE]?.inputs.find((port) => port.name === output.name)?.label ?? null }));
