/**
 * What an instance of a subgraph holds, in a file: its values as everybody writes them, one for each input that leads to a
 * widget, and by name. What becomes of a seed after each run has no place among them, where every program counts
 * inputs: it stands in the instance's properties, by input name, and other programs carry it along.
 */
import type { DocNode } from "@/model/types";

import type { NodeDef } from "./definitions";
import type { FileNode } from "./file";
import { isObject, type Json, type JsonObject } from "./json";
import { controlKey, defaultValue, isControlMode, widgetsIn, widgetsOf } from "./widgets";

const CONTROLS = "control_after_generate";

export function writeHeld(written: JsonObject, node: DocNode, def: NodeDef): void {
  const widgets = widgetsIn(def, node);
  const held = widgets.filter((widget) => widget.inPrompt).map((widget): [string, Json] => [widget.name, node.values[widget.key] ?? defaultValue(widget)]);
  written["widgets_values"] = held.map(([, value]) => value);
  written["widgets_values_named"] = Object.fromEntries(held);
  const controls = widgets.flatMap((widget): [string, Json][] => (widget.kind === "control" ? [[widget.input.name, node.values[widget.key] ?? defaultValue(widget)]] : []));
  if (controls.length > 0) written["properties"] = { ...(isObject(written["properties"]) ? written["properties"] : {}), [CONTROLS]: Object.fromEntries(controls) };
}

/** Control modes by key, for the seeds that the node still has. */
export function heldControls(file: FileNode, def: NodeDef | undefined): Record<string, Json> {
  if (def?.module !== "subgraph") return {};
  const properties = isObject(file.raw["properties"]) ? file.raw["properties"] : {};
  const controls = isObject(properties[CONTROLS]) ? properties[CONTROLS] : {};
  const seeds = new Set(widgetsOf(def, {}).flatMap((widget) => (widget.kind === "control" ? [widget.input.name] : [])));
  return Object.fromEntries(Object.entries(controls).flatMap(([name, mode]) => (seeds.has(name) && isControlMode(mode) ? [[controlKey(name), mode]] : [])));
}
