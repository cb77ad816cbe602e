/** API prompt -> document: nodes with their titles, values by name, wires by input name. */
import { EMPTY_DOC, PLAIN_LINK, type Doc, type DocLink, type DocNode } from "@/model/types";

import type { NodeDefs } from "./definitions";
import { text } from "./file";
import { isObject, type Json, type JsonObject } from "./json";
import { outputSockets } from "./sockets";
import { newNode } from "./ui04";

/** Positions are all zero: whoever shows the document arranges it. */
export function readApi(source: Json, defs: NodeDefs): Doc {
  const entries = apiNodes(source);
  const nodes: Record<string, DocNode> = {};
  for (const [id, entry] of entries) nodes[id] = readNode(id, entry, defs);
  const links: Record<number, DocLink> = {};
  let lastLinkId = 0;
  for (const [id, entry] of entries) {
    for (const [input, value] of Object.entries(inputsOf(entry))) {
      const origin = linkOf(value, nodes);
      if (origin === null) continue;
      const [from, slot] = origin;
      lastLinkId += 1;
      nodes[from] = withOutput(nodes[from], slot);
      nodes[id] = withInput(nodes[id], input);
      links[lastLinkId] = { id: lastLinkId, from, slot, to: id, input, type: nodes[from]?.outputs[slot]?.type ?? "*", ...PLAIN_LINK };
    }
  }
  const lastNodeId = Math.max(0, ...Object.keys(nodes).map(Number).filter(Number.isFinite));
  return { ...EMPTY_DOC, nodes, links, lastNodeId, lastLinkId };
}

function apiNodes(source: Json): [string, JsonObject][] {
  const root = isObject(source) ? source : {};
  const isNode = (value: Json | undefined): value is JsonObject => isObject(value) && typeof value["class_type"] === "string";
  const inner = root["prompt"];
  const map = !Object.values(root).some(isNode) && isObject(inner) ? inner : root;
  return Object.entries(map).filter((entry): entry is [string, JsonObject] => isNode(entry[1]));
}

const inputsOf = (entry: JsonObject): JsonObject => (isObject(entry["inputs"]) ? entry["inputs"] : {});

function linkOf(value: Json, nodes: Readonly<Record<string, DocNode>>): [string, number] | null {
  if (!Array.isArray(value) || value.length !== 2 || typeof value[1] !== "number") return null;
  const from = text(value[0]);
  return from in nodes ? [from, value[1]] : null;
}

function readNode(id: string, entry: JsonObject, defs: NodeDefs): DocNode {
  const type = text(entry["class_type"]);
  const def = defs[type];
  const inputs = inputsOf(entry);
  const plain = Object.entries(inputs).filter(([, value]) => !isLink(value));
  const named = Object.fromEntries(plain.map(([name, value]): [string, Json] => [name, unwrapped(value)]));
  const fresh = newNode(id, type, def, { x: 0, y: 0 }, named, (name) => isLink(inputs[name] ?? null));
  const meta = isObject(entry["_meta"]) ? entry["_meta"] : {};
  const given = text(meta["title"]);
  const raw: JsonObject = def === undefined ? { widgets_values: Object.fromEntries(plain) } : {};
  return { ...fresh, raw, known: def !== undefined, title: given !== "" && given !== def?.title ? given : null };
}

const isLink = (value: Json): boolean => Array.isArray(value) && value.length === 2 && typeof value[1] === "number" && typeof value[0] !== "object";

const unwrapped = (value: Json): Json => (isObject(value) && "__value__" in value ? (value["__value__"] ?? null) : value);

/** A type that the server does not know grows the sockets that are in use. */
function withOutput(node: DocNode | undefined, slot: number): DocNode {
  if (node === undefined) throw new Error("link from nowhere");
  if (slot < node.outputs.length) return node;
  const missing = Array.from({ length: slot + 1 - node.outputs.length }, () => ({ name: "", type: "*", label: null, raw: {} }));
  return { ...node, outputs: [...node.outputs, ...outputSockets(undefined, missing)] };
}

function withInput(node: DocNode | undefined, name: string): DocNode {
  if (node === undefined) throw new Error("link to nowhere");
  if (node.inputs.some((input) => input.name === name)) return node;
  return { ...node, inputs: [...node.inputs, { name, type: "*", label: null, isWidget: false, isOptional: false, raw: {} }] };
}
