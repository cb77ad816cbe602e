/** Files of node templates: each of them is offered as a workflow of its own. */
import { list, text } from "./file";
import { isObject, parseJson, type Json, type JsonObject } from "./json";

export interface Offer {
  readonly name: string;
  /** A canvas file. */
  readonly source: Json;
}

/** `{templates: [{name, data}]}`, where `data` is what was copied, mostly as text; damaged ones are left out. */
export function offersIn(source: Json): readonly Offer[] {
  if (!isObject(source) || !Array.isArray(source["templates"])) return [];
  return source["templates"].filter(isObject).flatMap((template, i) => {
    const copied = parsed(template["data"]);
    return isObject(copied) && Array.isArray(copied["nodes"]) ? [{ name: text(template["name"]) || String(i + 1), source: canvasOf(copied) }] : [];
  });
}

function parsed(data: Json | undefined): Json {
  if (typeof data !== "string") return data ?? null;
  try {
    return parseJson(data);
  } catch {
    return null;
  }
}

/** What was copied, as a file: in older copies nodes are known by their places, and links have no ids. */
function canvasOf(copied: JsonObject): JsonObject {
  const { groupNodes, subgraphs, ...rest } = copied;
  const links = list(copied["links"]);
  const page: JsonObject = links.some((link) => Array.isArray(link) && link.length < 6) || nodesLackIds(copied) ? placed(list(copied["nodes"]), links) : { ...rest };
  const extra: JsonObject = isObject(groupNodes) ? { extra: { ...(isObject(rest["extra"]) ? rest["extra"] : {}), groupNodes } } : {};
  const definitions: JsonObject = Array.isArray(subgraphs) ? { definitions: { subgraphs } } : {};
  return { ...page, ...extra, ...definitions, version: 0.4 };
}

const nodesLackIds = (copied: JsonObject): boolean => list(copied["nodes"]).some((node) => !isObject(node) || Number(node["id"] ?? -1) < 0);

/** `[origin, slot, target, slot, ...]` by places. */
function placed(nodes: readonly Json[], rows: readonly Json[]): JsonObject {
  const links = rows.flatMap((row): Json[][] => (Array.isArray(row) && row.length >= 4 ? [row] : []));
  const joined = links.filter(([origin, , target]) => isObject(nodes[Number(origin)]) && isObject(nodes[Number(target)]));
  const written = joined.map(([origin, slot, target, targetSlot], i) => [i + 1, Number(origin) + 1, slot ?? 0, Number(target) + 1, targetSlot ?? 0, outputType(nodes[Number(origin)], Number(slot))]);
  return { nodes: nodes.flatMap((node, place) => (isObject(node) ? [numbered(node, place, written)] : [])), links: written, groups: [] };
}

function outputType(node: Json | undefined, slot: number): string {
  const output = isObject(node) ? list(node["outputs"])[slot] : undefined;
  return (isObject(output) && text(output["type"])) || "*";
}

function numbered(node: JsonObject, place: number, links: readonly (readonly Json[])[]): JsonObject {
  const id = place + 1;
  const inputs = list(node["inputs"]).map((input, slot) => ({ ...(isObject(input) ? input : {}), link: links.find((link) => link[3] === id && link[4] === slot)?.[0] ?? null }));
  return { ...node, id, inputs };
}
