/** Old node types and what they gave way to, as the server or a pack tells. */
import { create } from "zustand";

import { fetchReplacements } from "@/api/help";
import { list, text } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";

import type { Mapping } from "./replace";

export interface Replacement extends Mapping {
  readonly type: string;
}

export const replacementStore = create<Readonly<Record<string, Replacement>>>()(() => ({}));

let asked = false;

/** Asked once; a server that does not tell leaves the table empty. */
export function wantReplacements(): void {
  if (asked) return;
  asked = true;
  fetchReplacements().then((table) => replacementStore.setState(parseReplacements(table)), () => (asked = false));
}

export function parseReplacements(table: JsonObject): Readonly<Record<string, Replacement>> {
  return Object.fromEntries(Object.entries(table).flatMap(([old, entries]) => {
    const entry = list(entries).find(isObject);
    const type = text(entry?.["new_node_id"]);
    return entry === undefined || type === "" ? [] : [[old, { type, ...inputsOf(entry["input_mapping"]), outputs: outputsOf(entry["output_mapping"]) }]];
  }));
}

/** `[{new_id, old_id}]`, or `{new_id, set_value}` for a value that the new type is given; an object of names also does. */
function inputsOf(mapping: Json | undefined): { inputs: Record<string, string>; values: JsonObject } {
  const inputs: Record<string, string> = {};
  const values: JsonObject = {};
  if (isObject(mapping)) for (const [fresh, old] of Object.entries(mapping)) inputs[text(old)] = fresh;
  for (const item of list(mapping).filter(isObject)) {
    const fresh = text(item["new_id"]);
    if (fresh === "") continue;
    if (item["old_id"] !== undefined) inputs[text(item["old_id"])] = fresh;
    else if (item["set_value"] !== undefined) values[fresh] = item["set_value"];
  }
  return { inputs, values };
}

function outputsOf(mapping: Json | undefined): Record<string, string> {
  const pairs = isObject(mapping) ? Object.entries(mapping).map(([fresh, old]) => [text(old), fresh]) : list(mapping).filter(isObject).map((item) => [text(item["old_id"]), text(item["new_id"])]);
  return Object.fromEntries(pairs.filter(([old, fresh]) => old !== "" && fresh !== ""));
}
