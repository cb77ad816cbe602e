/** Which widgets a node has, in what order, and how a file lists their values. */
import type { DocNode } from "@/model/types";

import { CHOOSING, type InputDef, type NodeDef } from "./definitions";
import type { FileNode } from "./file";
import { isObject, type Json, type JsonObject } from "./json";
import { bringing, hasGroups, linkedIn, memoized, nothingLinked, partsOf, type IsLinked } from "./parts";

export type WidgetKind = "int" | "float" | "text" | "toggle" | "combo" | "color" | "curve" | "markdown" | "multi" | "control" | "filter" | "upload" | "other";

export interface Widget {
  /** Key of the value in the document. */
  readonly key: string;
  /** Name that files and the server use. */
  readonly name: string;
  readonly kind: WidgetKind;
  readonly input: InputDef;
  /** Control modes, filters and upload buttons stay in the canvas. */
  readonly inPrompt: boolean;
}

export type Values = Readonly<Record<string, Json>>;

export const CONTROL_MODES = ["fixed", "increment", "decrement", "randomize"] as const;
export type ControlMode = (typeof CONTROL_MODES)[number] | "increment-wrap";

const KINDS: Readonly<Record<string, WidgetKind>> = {
  INT: "int",
  FLOAT: "float",
  STRING: "text",
  TEXTAREA: "text",
  MARKDOWN: "markdown",
  BOOLEAN: "toggle",
  COMBO: "combo",
  COLOR: "color",
  CURVE: "curve",
  [CHOOSING]: "combo",
};
const UPLOADS = ["image_upload", "video_upload", "animated_image_upload"];
const SEEDS = new Set(["seed", "noise_seed"]);
const OLD_SAMPLER_PREFIX = /^sample_/;

/** The kind of widget that an input is drawn with, or null when it is only a socket. */
export function widgetFor(input: InputDef): WidgetKind | null {
  if (input.options["forceInput"] === true || input.options["hidden"] === true) return null;
  const type = typeof input.options["widgetType"] === "string" ? input.options["widgetType"] : input.type;
  const kind = KINDS[type];
  if ((kind === "int" || kind === "float") && input.options["display"] === "color") return "color";
  if (kind === "combo" && input.options["multi_select"]) return "multi";
  return kind ?? null;
}

const isNumeric = (kind: WidgetKind, input: InputDef): boolean =>
  kind === "int" || kind === "float" || (kind === "color" && (input.type === "INT" || input.type === "FLOAT"));

function hasControl(kind: WidgetKind, input: InputDef): boolean {
  const option = input.options["control_after_generate"];
  if (option === false) return false;
  if (kind === "combo") return Boolean(option);
  return isNumeric(kind, input) && (Boolean(option) || (kind === "int" && SEEDS.has(input.name)));
}

function controlName(input: InputDef): string {
  const option = input.options["control_after_generate"];
  const prefix = input.options["control_prefix"];
  if (typeof option === "string" && !isControlMode(option)) return option;
  return typeof prefix === "string" ? `${prefix} control_after_generate` : "control_after_generate";
}

export const controlKey = (inputName: string): string => `control:${inputName}`;

export function isControlMode(value: unknown): value is ControlMode {
  return value === "increment-wrap" || CONTROL_MODES.some((mode) => mode === value);
}

const widgetsOfInput = memoized((input: InputDef): readonly Widget[] => {
  const kind = widgetFor(input);
  if (kind === null) return [];
  const widgets: Widget[] = [{ key: input.name, name: input.name, kind, input, inPrompt: true }];
  const extra = (key: string, name: string, extraKind: WidgetKind): void => {
    widgets.push({ key, name, kind: extraKind, input, inPrompt: false });
  };
  if (hasControl(kind, input)) {
    extra(controlKey(input.name), controlName(input), "control");
    if (kind === "combo") extra(`filter:${input.name}`, "control_filter_list", "filter");
  }
  return widgets;
});

export function isUpload(input: InputDef): boolean {
  return UPLOADS.some((option) => input.options[option] === true);
}

/** The upload button is made after all inputs. */
const uploadsOf = memoized((def: NodeDef): readonly Widget[] =>
  def.inputs.filter((input) => input.required && isUpload(input)).map((input) => ({ key: "upload", name: "upload", kind: "upload", input, inPrompt: false })),
);

const fixedWidgets = memoized((def: NodeDef): readonly Widget[] => [...def.inputs.flatMap(widgetsOfInput), ...uploadsOf(def)]);

/**
 * All widgets of a node with these values and links, in the order in which files list them. They are the same objects
 * at every call, and where nothing comes and goes so is their list.
 */
export function widgetsOf(def: NodeDef, values: Values, isLinked: IsLinked = nothingLinked): readonly Widget[] {
  return hasGroups(def) ? [...partsOf(def, values, isLinked).flatMap(widgetsOfInput), ...uploadsOf(def)] : fixedWidgets(def);
}

/** All widgets of a node of the document. */
export const widgetsIn = (def: NodeDef, node: Pick<DocNode, "values" | "inputs">): readonly Widget[] => widgetsOf(def, node.values, bringing(node.inputs));

const isNumber = (value: Json | undefined): value is number | bigint => typeof value === "number" || typeof value === "bigint";

function nearestToZero({ min, max }: JsonObject): Json {
  if (isNumber(min) && min > 0) return min;
  return isNumber(max) && max < 0 ? max : 0;
}

export function defaultValue(widget: Widget): Json {
  const { kind, input } = widget;
  const given = input.options["default"];
  if (kind === "control") {
    const mode = input.options["control_after_generate"];
    return isControlMode(mode) ? mode : "randomize";
  }
  if (kind === "filter") return "";
  if (kind === "upload") return "image";
  if (given !== undefined && given !== null) return given;
  if (kind === "combo") return input.choices?.[0] ?? "";
  if (kind === "toggle") return false;
  if (kind === "multi") return [];
  if (kind === "curve") return [[0, 0], [1, 1]];
  if (isNumeric(kind, input)) return nearestToZero(input.options);
  return kind === "color" ? "#000000" : "";
}

/** Whether a widget would take a value that was given to another one of its name. */
export function takes({ kind, input }: Widget, value: Json | undefined): boolean {
  if (kind === "combo") return value !== undefined && input.choices?.includes(value) === true;
  if (kind === "toggle") return typeof value === "boolean";
  if (kind === "multi" || kind === "curve") return typeof value === "object" && value !== null;
  if (!isNumeric(kind, input)) return typeof value === "string";
  const { min, max } = input.options;
  return (typeof value === "number" || typeof value === "bigint") && !(value < Number(min ?? -Infinity)) && !(value > Number(max ?? Infinity));
}

export interface FileValues {
  readonly list?: Json | undefined;
  readonly named?: Json | undefined;
}

export interface ReadValues {
  readonly values: Record<string, Json>;
  /** Entries that no widget claims; they are written back where they stood. */
  readonly tail: readonly Json[];
}

/** Of one node, whose choices may bring further choices. */
const MOST_READINGS = 10;

/**
 * Values by widget from what a file holds: a list, an object by name, or both. What is chosen says which values
 * follow, so a node with choices is read until they stay the same.
 */
export function readValues(def: NodeDef, file: FileValues, isLinked: IsLinked = nothingLinked): ReadValues {
  let widgets = widgetsOf(def, {}, isLinked);
  let read = readAlong(def, widgets, file);
  for (let times = 1; times < MOST_READINGS; times += 1) {
    const brought = widgetsOf(def, read.values, isLinked);
    if (sameWidgets(widgets, brought)) break;
    widgets = brought;
    read = readAlong(def, widgets, file);
  }
  return read;
}

/** The values of a file's node. */
export const valuesIn = (node: FileNode, def: NodeDef): Values =>
  readValues(def, { list: node.raw["widgets_values"], named: node.raw["widgets_values_named"] }, linkedIn(node.inputs)).values;

const sameWidgets = (a: readonly Widget[], b: readonly Widget[]): boolean => a.length === b.length && a.every((widget, i) => widget === b[i]);

function readAlong(def: NodeDef, widgets: readonly Widget[], file: FileValues): ReadValues {
  const values = Object.fromEntries(widgets.map((widget) => [widget.key, defaultValue(widget)]));
  let tail: readonly Json[] = [];
  if (Array.isArray(file.list)) tail = readList(def, widgets, file.list, values);
  if (isObject(file.list)) readNamed(widgets, file.list, values);
  if (isObject(file.named)) readNamed(widgets, file.named, values);
  return { values, tail };
}

function readNamed(widgets: readonly Widget[], named: JsonObject, values: Record<string, Json>): void {
  for (const widget of widgets) {
    const value = named[widget.name];
    if (value !== undefined && value !== null) values[widget.key] = modern(widget, value);
  }
}

/**
 * A null stands for the default of its widget, or in the place of one that was never listed, and very old files list
 * what is only a socket: of these layouts the one counts whose values fit their widgets best.
 */
function readList(def: NodeDef, widgets: readonly Widget[], list: Json[], values: Record<string, Json>): readonly Json[] {
  const layouts = [withoutDummies(def, widgets, list), list, ...(list.includes(null) ? [list.filter((entry) => entry !== null)] : [])];
  const readings = layouts.map((layout) => laidAlong(widgets, layout));
  const fewest = Math.min(...readings.map((reading) => reading.misfits));
  const best = readings.find((reading) => reading.misfits === fewest);
  Object.assign(values, best?.values);
  return best?.tail ?? [];
}

interface Reading extends ReadValues {
  readonly misfits: number;
}

function laidAlong(widgets: readonly Widget[], entries: readonly Json[]): Reading {
  const values: Record<string, Json> = {};
  let [at, misfits] = [0, 0];
  for (const widget of widgets) {
    if (at >= entries.length) break;
    const value = entries[at] ?? null;
    if (widget.kind === "control" && !isControlEntry(value, entries.length >= widgets.length)) continue;
    at += 1;
    if (value === null) continue;
    values[widget.key] = modern(widget, value);
    if (widget.inPrompt && !isOfKind(widget, values[widget.key])) misfits += 1;
  }
  return { values, tail: entries.slice(at), misfits };
}

function isOfKind({ kind, input }: Widget, value: Json | undefined): boolean {
  if (kind === "combo") return input.choices === null ? typeof value === "string" : input.choices.includes(value ?? null);
  if (kind === "toggle") return typeof value === "boolean";
  if (isNumeric(kind, input)) return typeof value === "number" || typeof value === "bigint";
  return kind === "other" || typeof value === "string";
}

function isControlEntry(value: Json, complete: boolean): boolean {
  return isControlMode(value) || (complete && (value === null || typeof value === "boolean"));
}

/** Files from before sockets and widgets were one hold a dummy entry for each input that is only a socket by option. */
function withoutDummies(def: NodeDef, widgets: readonly Widget[], list: Json[]): Json[] {
  const forced = hasGroups(def) ? [] : def.inputs.filter((input) => input.options["forceInput"] === true && KINDS[input.type] !== undefined);
  if (forced.length === 0 || list.length !== widgets.length + forced.length) return list;
  const slots = def.inputs.flatMap((input) => (forced.includes(input) ? [null] : [...widgetsOfInput(input)]));
  return list.filter((_entry, i) => slots[i] !== null);
}

/** Spellings of old files. */
function modern(widget: Widget, value: Json): Json {
  if (widget.kind === "control" && typeof value === "boolean") return value ? "randomize" : "fixed";
  if (widget.name === "sampler_name" && typeof value === "string" && !widget.input.choices?.includes(value))
    return value.replace(OLD_SAMPLER_PREFIX, "");
  return value;
}

const written = (values: Values, widget: Widget): Json => values[widget.key] ?? defaultValue(widget);

export function writeValues(def: NodeDef, values: Values, tail: readonly Json[], isLinked: IsLinked = nothingLinked): Json[] {
  return [...widgetsOf(def, values, isLinked).map((widget) => written(values, widget)), ...tail];
}

export function writeNamed(def: NodeDef, values: Values, isLinked: IsLinked): JsonObject {
  return Object.fromEntries(widgetsOf(def, values, isLinked).map((widget) => [widget.name, written(values, widget)]));
}
