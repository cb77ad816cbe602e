/** The graph as a live run sends it, and what of it counts as a change. */
import type { NodeDefs } from "@/formats/definitions";
import { stringifyJson, type Json, type JsonObject } from "@/formats/json";
import { isObject } from "@/formats/json";
import type { Doc, Graph } from "@/model/types";

const PREVIEW = "PreviewImage";

const isSaver = (type: string, inputs: JsonObject, defs: NodeDefs): boolean => defs[type]?.isOutput === true && "filename_prefix" in inputs;

/** Nothing is saved: pictures are shown only, and what saves something else is left out as long as anything else is shown. */
export function livePrompt(prompt: JsonObject, defs: NodeDefs): JsonObject {
  const entries = Object.entries(prompt).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  const changed = entries.map(([id, node]) => [id, shown(node, defs)] as const);
  const isShown = changed.some(([, node]) => node !== null && defs[String(node["class_type"])]?.isOutput === true);
  return Object.fromEntries(entries.flatMap(([id, node], i) => {
    const own = changed[i]?.[1] ?? null;
    return own === null && isShown ? [] : [[id, own ?? node]];
  }));
}

/** The node, one that shows in place of one that saves, or null for one that can only save. */
function shown(node: JsonObject, defs: NodeDefs): JsonObject | null {
  const inputs = isObject(node["inputs"]) ? node["inputs"] : {};
  if (!isSaver(String(node["class_type"]), inputs, defs)) return node;
  const { images } = inputs;
  if (images === undefined || defs[PREVIEW] === undefined) return null;
  return { ...node, class_type: PREVIEW, inputs: { images } };
}

/** Equal for prompts that make the same: titles do not count. */
export function keyOf(prompt: JsonObject): string {
  const plain = Object.entries(prompt).sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, node]): Json => [id, isObject(node) ? { class_type: node["class_type"] ?? "", inputs: node["inputs"] ?? {} } : node]);
  return stringifyJson(plain);
}

/** A quick look before the prompt is made: moved, sized and coloured nodes change nothing that runs. */
export function mayMatter(before: Doc, after: Doc): boolean {
  if (before === after) return false;
  return isOther(before, after) || Object.keys(before.subgraphs).length !== Object.keys(after.subgraphs).length || Object.values(after.subgraphs).some((subgraph) => {
    const old = before.subgraphs[subgraph.id];
    return old === undefined || (old !== subgraph && isOther(old, subgraph));
  });
}

function isOther(before: Graph, after: Graph): boolean {
  if (before.links !== after.links) return true;
  if (before.nodes === after.nodes) return false;
  const ids = Object.keys(after.nodes);
  if (ids.length !== Object.keys(before.nodes).length) return true;
  return ids.some((id) => {
    const [a, b] = [before.nodes[id], after.nodes[id]];
    return a !== b && (a === undefined || b === undefined || a.values !== b.values || a.mode !== b.mode || a.type !== b.type || a.inputs !== b.inputs || a.title !== b.title);
  });
}
