/** Canvas file -> API prompt: what the server is asked to run. */
import { type InputDef, type NodeDef, type NodeDefs } from "./definitions";
import { readCanvas, text as asText, type CanvasFile, type FileNode } from "./file";
import { BYPASSED, isVirtual, MUTED, scopesOf, sourceOf, type Finder, type Scope } from "./flatten";
import { withoutGroupNodes } from "./groupNodes";
import { isObject, type Json, type JsonObject } from "./json";
import { hostValues } from "./promoted";
import { dynamicPrompt, fileNameTokens } from "./text";
import { linkedIn, partsOf } from "./parts";
import { valuesIn, widgetsOf, type Values } from "./widgets";

export interface ApiNode {
  readonly class_type: string;
  readonly inputs: Record<string, Json>;
  readonly _meta: { readonly title: string };
}

export type ApiPrompt = Record<string, ApiNode>;

/** A text that was replaced at queue time: the workflow that travels with the picture says the same. */
export interface Replacement {
  readonly node: string;
  readonly key: string;
  readonly value: string;
}

export interface ConvertOptions {
  readonly random?: () => number;
  readonly now?: Date;
}

export interface Converted {
  readonly prompt: ApiPrompt;
  readonly replacements: readonly Replacement[];
}

interface Pass {
  readonly file: CanvasFile;
  readonly defs: NodeDefs;
  readonly finder: Finder;
  readonly random: () => number;
  readonly now: Date;
  readonly replacements: Replacement[];
}

export function toApi(given: CanvasFile, defs: NodeDefs, options: ConvertOptions = {}): Converted {
  const ungrouped = withoutGroupNodes(given.raw, defs);
  const file = ungrouped === given.raw ? given : readCanvas(ungrouped);
  const { scopes, inside } = scopesOf(file);
  const finder: Finder = { file, inside, hostValue: (host, name) => hostValues(file, defs, host.node, host.def)[name] };
  const pass: Pass = { file, defs, finder, random: options.random ?? Math.random, now: options.now ?? new Date(), replacements: [] };
  const prompt: ApiPrompt = {};
  for (const scope of scopes)
    for (const node of scope.graph.nodes) if (isEmitted(pass, node)) prompt[scope.prefix + node.id] = emit(pass, scope, node);
  dropOrphans(prompt);
  return { prompt, replacements: pass.replacements };
}

function isEmitted({ file, defs }: Pass, node: FileNode): boolean {
  if (isVirtual(node.type) || node.mode === MUTED || node.mode === BYPASSED || file.subgraphs.has(node.type)) return false;
  return defs[node.type] !== undefined || !isDecoration(node);
}

/** An unknown node without any socket, such as a pack's label: nothing depends on it. */
function isDecoration(node: FileNode): boolean {
  return node.inputs.length === 0 && node.outputs.length === 0;
}

function emit(pass: Pass, scope: Scope, node: FileNode): ApiNode {
  const def = pass.defs[node.type];
  const values = def === undefined ? {} : valuesIn(node, def);
  const inputs = def === undefined ? unknownInputs(node) : widgetInputs(pass, scope, node, def, values);
  const parts = new Map(def === undefined ? [] : partsOf(def, values, linkedIn(node.inputs)).map((part) => [part.name, part]));
  for (const input of node.inputs) {
    if (input.link === null) continue;
    const part = parts.get(input.name);
    const source = sourceOf(pass.finder, scope, input.link, part?.type ?? input.type);
    if (source === null) continue;
    if (source.kind === "output") inputs[input.name] = [source.id, source.slot];
    else inputs[input.name] = wrapped(part !== undefined && source.isHeld ? filled(pass, scope, node, part, source.value) : source.value);
  }
  return { class_type: node.type, inputs, _meta: { title: node.title ?? def?.title ?? node.type } };
}

/** A list as a plain value would read as a link. */
function wrapped(value: Json): Json {
  return Array.isArray(value) ? { __value__: value } : value;
}

function widgetInputs(pass: Pass, scope: Scope, node: FileNode, def: NodeDef, values: Values): Record<string, Json> {
  const inputs: Record<string, Json> = {};
  for (const widget of widgetsOf(def, values, linkedIn(node.inputs))) {
    if (!widget.inPrompt) continue;
    const value = values[widget.key] ?? null;
    if (value === null) continue;
    const final = filled(pass, scope, node, widget.input, value);
    if (final !== value && scope.host === null) pass.replacements.push({ node: node.id, key: widget.key, value: asText(final) });
    inputs[widget.name] = wrapped(final);
  }
  return inputs;
}

/** A node that the server does not know keeps the values its file names, so that the error is about the node alone. */
function unknownInputs(node: FileNode): Record<string, Json> {
  const named = node.raw["widgets_values_named"] ?? node.raw["widgets_values"];
  if (isObject(named)) return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, wrapped(value)]));
  const widgets = node.inputs.filter((input) => input.widget !== null);
  if (!Array.isArray(named) || widgets.length !== named.length) return {};
  return Object.fromEntries(widgets.map((input, i) => [input.name, wrapped(named[i] ?? null)]));
}

/** A text with its alternatives chosen or its tokens replaced. */
function filled(pass: Pass, scope: Scope, node: FileNode, input: InputDef, value: Json): Json {
  if (typeof value !== "string") return value;
  if (input.options["dynamicPrompts"] === true) return dynamicPrompt(value, pass.random);
  if (input.name !== "filename_prefix") return value;
  return fileNameTokens(value, pass.now, (title, name) => valueByTitle(pass, scope, node, title, name));
}

function valueByTitle(pass: Pass, scope: Scope, asking: FileNode, title: string, name: string): string | null {
  const called = (node: FileNode): boolean => {
    const properties = node.raw["properties"];
    return (isObject(properties) && properties["Node name for S&R"] === title) || node.title === title;
  };
  const found = scope.graph.nodes.find((node) => node.id !== asking.id && called(node));
  const def = found === undefined ? undefined : pass.defs[found.type];
  if (found === undefined || def === undefined) return null;
  const value = valuesIn(found, def)[name];
  return value === undefined ? null : asText(value);
}

/** Links to nodes that are not part of the prompt would be errors about nothing. */
function dropOrphans(prompt: ApiPrompt): void {
  for (const node of Object.values(prompt)) {
    for (const [name, value] of Object.entries(node.inputs))
      if (Array.isArray(value) && value.length === 2 && !(String(value[0]) in prompt)) Reflect.deleteProperty(node.inputs, name);
  }
}

/** The file with the replaced texts in place of their templates. */
export function withReplacements(raw: JsonObject, defs: NodeDefs, replacements: readonly Replacement[]): JsonObject {
  if (replacements.length === 0 || !Array.isArray(raw["nodes"])) return raw;
  const files = new Map(readCanvas(raw).nodes.map((file) => [file.raw, file]));
  const nodes = raw["nodes"].map((node) => {
    const file = isObject(node) ? files.get(node) : undefined;
    if (file === undefined) return node;
    const own = replacements.filter((item) => item.node === file.id);
    const def = defs[file.type];
    const values = file.raw["widgets_values"];
    if (own.length === 0 || def === undefined || !Array.isArray(values)) return node;
    const keys = widgetsOf(def, valuesIn(file, def), linkedIn(file.inputs)).map((widget) => widget.key);
    return { ...file.raw, widgets_values: values.map((value, i) => own.find((item) => item.key === keys[i])?.value ?? value) };
  });
  return { ...raw, nodes };
}
