/** Presets of a node type: what a node of that type is to be like, under a name. */
import type { NodeDefs } from "@/formats/definitions";
import { list, text as asText } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { takes, widgetsIn, type Values, type Widget } from "@/formats/widgets";
import type { DocNode, Size } from "@/model/types";

export interface TypePreset {
  readonly name: string;
  /** New nodes of the type begin like this. */
  readonly isDefault: boolean;
  readonly values: Values;
  /** Null: the node keeps its own. */
  readonly color: string | null;
  readonly size: Size | null;
}

/** By node type. */
export type TypePresets = Readonly<Record<string, readonly TypePreset[]>>;

function readPreset(raw: Json): TypePreset[] {
  if (!isObject(raw) || asText(raw["name"]) === "") return [];
  const size = list(raw["size"]).map(Number);
  const [width, height] = size;
  return [
    {
      name: asText(raw["name"]),
      isDefault: raw["default"] === true,
      values: isObject(raw["values"]) ? raw["values"] : {},
      color: typeof raw["color"] === "string" ? raw["color"] : null,
      size: width !== undefined && height !== undefined && width > 0 && height > 0 ? { width, height } : null,
    },
  ];
}

export function readTypes(content: JsonObject): TypePresets {
  const types = isObject(content["types"]) ? content["types"] : {};
  return Object.fromEntries(Object.entries(types).map(([type, presets]) => [type, list(presets).flatMap(readPreset)]));
}

const writePreset = ({ name, isDefault, values, color, size }: TypePreset): JsonObject => ({
  ...{ name, ...(isDefault ? { default: true } : {}), values: { ...values } },
  ...(color === null ? {} : { color }),
  ...(size === null ? {} : { size: [size.width, size.height] }),
});

/** The file with other presets; what else it holds stays. */
export function writeTypes(content: JsonObject, types: TypePresets): JsonObject {
  const kept = Object.entries(types).filter(([, presets]) => presets.length > 0);
  return { ...content, version: 1, types: Object.fromEntries(kept.map(([type, presets]) => [type, presets.map(writePreset)])) };
}

const NONE: readonly TypePreset[] = [];

export const presetsOf = (types: TypePresets, type: string): readonly TypePreset[] => types[type] ?? NONE;

/** A preset takes the place of the one of its name; there is one default at most. */
export function putPreset(types: TypePresets, type: string, preset: TypePreset): TypePresets {
  const before = presetsOf(types, type).map((other) => (preset.isDefault ? { ...other, isDefault: false } : other));
  const isKnown = before.some(({ name }) => name === preset.name);
  return { ...types, [type]: isKnown ? before.map((other) => (other.name === preset.name ? preset : other)) : [...before, preset] };
}

export const removePreset = (types: TypePresets, type: string, name: string): TypePresets => ({ ...types, [type]: presetsOf(types, type).filter((preset) => preset.name !== name) });

/** Where the new name is taken nothing is changed. */
export function renamePreset(types: TypePresets, type: string, name: string, next: string): TypePresets {
  const own = presetsOf(types, type);
  if (next.trim() === "" || own.some((preset) => preset.name === next.trim())) return types;
  return { ...types, [type]: own.map((preset) => (preset.name === name ? { ...preset, name: next.trim() } : preset)) };
}

/** Null takes the default away. */
export const setDefault = (types: TypePresets, type: string, name: string | null): TypePresets => ({ ...types, [type]: presetsOf(types, type).map((preset) => ({ ...preset, isDefault: preset.name === name })) });

/** The node with what a preset says, as far as the server takes it by now. */
export function withPreset(node: DocNode, defs: NodeDefs, { values, color, size }: TypePreset): DocNode {
  const def = defs[node.type];
  return {
    ...node,
    values: def === undefined ? node.values : fitting(node.values, values, (known) => widgetsIn(def, { ...node, values: known })),
    color: color ?? node.color,
    size: size ?? node.size,
  };
}

const ROUNDS = 5;

/** What is chosen brings further widgets, whose values then fit too. */
function fitting(before: Values, wanted: Values, widgets: (values: Values) => readonly Widget[]): Values {
  let values = before;
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = widgets(values).flatMap((widget) => {
      const value = wanted[widget.key];
      return value !== undefined && value !== values[widget.key] && takes(widget, value) ? [[widget.key, value] as const] : [];
    });
    if (found.length === 0) break;
    values = { ...values, ...Object.fromEntries(found) };
  }
  return values;
}

/** What of a node becomes its preset. */
export function presetFrom(node: DocNode, name: string, keys: ReadonlySet<string>, also: { readonly color: boolean; readonly size: boolean; readonly isDefault: boolean }): TypePreset {
  return {
    ...{ name: name.trim(), isDefault: also.isDefault, color: also.color ? node.color : null, size: also.size ? node.size : null },
    values: Object.fromEntries(Object.entries(node.values).filter(([key]) => keys.has(key))),
  };
}
