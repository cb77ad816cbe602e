/** Inputs that stand for several: which ones a node has, by what is chosen in its values and what is linked. */
import { CHOOSING, GROWING, SLOTTED, inputsIn, type InputDef, type NodeDef } from "./definitions";
import { isObject, type Json, type JsonObject } from "./json";

type Values = Readonly<Record<string, Json>>;
export type IsLinked = (name: string) => boolean;

/** Of one growing group. */
const MOST_GROWN = 100;
const NOTHING: readonly InputDef[] = [];
export const nothingLinked: IsLinked = () => false;

const isGroup = (input: InputDef): boolean => input.type === GROWING || input.type === CHOOSING || input.type === SLOTTED;

/** What the sockets of a file say. */
export function linkedIn(sockets: readonly { readonly name: string; readonly link: number | null }[]): IsLinked {
  const linked = new Set(sockets.filter((input) => input.link !== null).map((input) => input.name));
  return (name) => linked.has(name);
}

/** What the sockets of a node say: which of those that bring others are linked. */
export const bringing =
  (sockets: readonly { readonly name: string; readonly bringsParts?: true }[]): IsLinked =>
  (name) =>
    sockets.some((socket) => socket.bringsParts === true && socket.name === name);

const groupsOf = memoized((def: NodeDef) => def.inputs.filter(isGroup));

/** Whether the inputs of a node of this type depend on its values and links. */
export const hasGroups = (def: NodeDef): boolean => groupsOf(def).length > 0;

/** Whether an input of this name belongs to a group, whether it is there now or not. */
export const isPart = (def: NodeDef, name: string): boolean => groupsOf(def).some((group) => name === group.name || name.startsWith(`${group.name}.`));

/**
 * The inputs of a node in their order, each group as its parts in its place. Parts are the same objects at every
 * call; a growing group has one more than are linked.
 */
export function partsOf(def: NodeDef, values: Values, isLinked: IsLinked = nothingLinked): readonly InputDef[] {
  return hasGroups(def) ? laidOut(def.inputs, values, isLinked) : def.inputs;
}

function laidOut(inputs: readonly InputDef[], values: Values, isLinked: IsLinked): InputDef[] {
  return inputs.flatMap((input) => {
    if (input.type === GROWING) return grown(input, isLinked);
    if (input.type === CHOOSING) return [input, ...laidOut(chosen(input, values), values, isLinked)];
    if (input.type !== SLOTTED) return [input];
    const { socket, brought } = slotOf(input);
    return isLinked(input.name) ? [socket, ...laidOut(brought, values, isLinked)] : [socket];
  });
}

interface Growth {
  readonly all: readonly InputDef[];
  readonly least: number;
}

function grown(group: InputDef, isLinked: IsLinked): readonly InputDef[] {
  const { all, least } = growthOf(group);
  const linked = all.findLastIndex((part) => isLinked(part.name)) + 1;
  return all.slice(0, Math.max(least, linked + 1));
}

const growthOf = memoized((group: InputDef): Growth => {
  const template = isObject(group.options["template"]) ? group.options["template"] : {};
  const kind = described(template["input"])[0];
  const least = group.required && kind?.required === true ? Number(template["min"] ?? 1) : 0;
  const parts = namesOf(template).map((name, i) => kind && part(group, name, { ...kind, required: i < least, options: { ...kind.options, forceInput: true } }));
  return { all: parts.filter((found) => found !== undefined), least };
});

function namesOf(template: JsonObject): string[] {
  const { names, prefix, max } = template;
  const all = Array.isArray(names) ? names.map(String) : Array.from({ length: Math.min(Number(max ?? 10), MOST_GROWN) }, (_unused, i) => `${String(prefix)}${i}`);
  return all.slice(0, MOST_GROWN);
}

interface Slot {
  readonly socket: InputDef;
  readonly brought: readonly InputDef[];
}

const slotOf = memoized((group: InputDef): Slot => {
  const { slotType, inputs } = group.options;
  return {
    socket: { ...group, type: typeof slotType === "string" ? slotType : "*", options: { ...group.options, forceInput: true } },
    brought: described(inputs).map((input) => part(group, input.name, input)),
  };
});

/** Whether a part is a socket that brings others once it is linked. */
export const isSlot = (part: InputDef): boolean => part.options["slotType"] !== undefined;

function chosen(combo: InputDef, values: Values): readonly InputDef[] {
  const key = values[combo.name] ?? combo.options["default"] ?? combo.choices?.[0];
  return broughtBy(combo).get(key) ?? NOTHING;
}

/** Inputs by the key of the choice that brings them. */
const broughtBy = memoized((combo: InputDef): ReadonlyMap<Json | undefined, readonly InputDef[]> => {
  const offered = Array.isArray(combo.options["options"]) ? combo.options["options"].filter(isObject) : [];
  return new Map(offered.map((option) => [option["key"], described(option["inputs"]).map((input) => part(combo, input.name, input))]));
});

function described(inputs: Json | undefined): readonly InputDef[] {
  const { required, optional } = isObject(inputs) ? inputs : {};
  return [...inputsIn(required, true), ...inputsIn(optional, false)];
}

/** On the canvas a part is called without its group, which stands above it. */
function part(group: InputDef, name: string, kind: InputDef): InputDef {
  return { ...kind, name: `${group.name}.${name}`, options: { display_name: name.replaceAll("_", " "), ...kind.options } };
}

export function memoized<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const computed = compute(key);
    known.set(key, computed);
    return computed;
  };
}
