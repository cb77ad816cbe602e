/** The nested graphs of a canvas file as scopes, and the walk from an input to the node that really feeds it. */
import { resolveBypass } from "@/model/wires";

import type { CanvasFile, FileGraph, FileLink, FileNode, SubgraphDef } from "./file";
import type { Json } from "./json";

/** One graph on the way: the document itself, or the inside of one subgraph instance. */
export interface Scope {
  readonly prefix: string;
  readonly graph: FileGraph;
  readonly nodes: ReadonlyMap<string, FileNode>;
  readonly host: { readonly scope: Scope; readonly node: FileNode; readonly def: SubgraphDef } | null;
}

export type Source =
  | { readonly kind: "output"; readonly id: string; readonly slot: number }
  /** A primitive's value, or one that an instance holds in place of the inner widget's own. */
  | { readonly kind: "value"; readonly value: Json; readonly isHeld: boolean };

export interface Finder {
  readonly file: CanvasFile;
  /** Scope of the inside of an instance, by execution id. */
  readonly inside: ReadonlyMap<string, Scope>;
  readonly hostValue: (host: NonNullable<Scope["host"]>, inputName: string) => Json | undefined;
}

export const MUTED = 2;
export const BYPASSED = 4;
const INPUT_SIDE = "-10";
const OUTPUT_SIDE = "-20";
const NOTES = new Set(["Note", "MarkdownNote"]);
const VIRTUAL = new Set(["Reroute", "Reroute (rgthree)", "PrimitiveNode", "GetNode", "SetNode", ...NOTES]);

export const isVirtual = (type: string): boolean => VIRTUAL.has(type);

function scopeOf(prefix: string, graph: FileGraph, host: Scope["host"]): Scope {
  return { prefix, graph, nodes: new Map(graph.nodes.map((node) => [node.id, node])), host };
}

/** All scopes, outermost first; instances that are muted or bypassed are entered for nobody. */
export function scopesOf(file: CanvasFile): { scopes: Scope[]; inside: Map<string, Scope> } {
  const scopes = [scopeOf("", file, null)];
  const inside = new Map<string, Scope>();
  for (const scope of scopes) {
    for (const node of scope.graph.nodes) {
      const def = file.subgraphs.get(node.type);
      if (def === undefined || isOff(node) || contains(scope, def.id)) continue;
      const child = scopeOf(`${scope.prefix}${node.id}:`, def, { scope, node, def });
      inside.set(scope.prefix + node.id, child);
      scopes.push(child);
    }
  }
  return { scopes, inside };
}

const isOff = (node: FileNode): boolean => node.mode === MUTED || node.mode === BYPASSED;

/** A definition inside itself would never end. */
function contains(scope: Scope, id: string): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.host?.scope ?? null) if (at.host?.def.id === id) return true;
  return false;
}

interface Place {
  readonly kind: "place";
  readonly scope: Scope;
  readonly link: FileLink;
}

/** Follows the wire into an input of type `wanted` up to what feeds it, or null when nothing does. */
export function sourceOf(finder: Finder, scope: Scope, linkId: number | null, wanted: string): Source | null {
  const seen = new Set<string>();
  let place: Place | null = placeOf(scope, linkId);
  while (place !== null) {
    const mark = `${place.scope.prefix}|${place.link.id}`;
    if (seen.has(mark)) return null;
    seen.add(mark);
    const step = follow(finder, place, wanted);
    if (step?.kind !== "place") return step;
    place = step;
  }
  return null;
}

function placeOf(scope: Scope, linkId: number | null): Place | null {
  const link = linkId === null ? undefined : scope.graph.links.get(linkId);
  return link === undefined ? null : { kind: "place", scope, link };
}

function follow(finder: Finder, { scope, link }: Place, wanted: string): Place | Source | null {
  if (link.origin === INPUT_SIDE) return outside(finder, scope, link.originSlot);
  const node = scope.nodes.get(link.origin);
  // A primitive has copied its value before any mode counts.
  if (node?.type === "PrimitiveNode") return primitive(node);
  if (node === undefined || node.mode === MUTED) return null;
  if (node.mode === BYPASSED) return through(scope, node, link.originSlot, wanted);
  if (node.type === "GetNode") return named(scope, node);
  if (isVirtual(node.type)) return placeOf(scope, node.inputs[link.originSlot]?.link ?? null);
  if (finder.file.subgraphs.has(node.type)) return into(finder, scope, node, link.originSlot);
  return { kind: "output", id: scope.prefix + node.id, slot: link.originSlot };
}

function through(scope: Scope, node: FileNode, slot: number, wanted: string): Place | null {
  const inputs = node.inputs.map((input) => input.type);
  const outputs = node.outputs.map((output) => output.type);
  const chosen = resolveBypass(inputs, outputs, slot, wanted);
  return placeOf(scope, node.inputs[chosen]?.link ?? null);
}

function primitive(node: FileNode): Source | null {
  const value = firstValue(node);
  return value === undefined || value === null ? null : { kind: "value", value, isHeld: false };
}

function firstValue(node: FileNode): Json | undefined {
  const values = node.raw["widgets_values"];
  return Array.isArray(values) ? values[0] : undefined;
}

/** A Get takes what the Set of the same name receives; a Set of an outer graph serves the inner ones too. */
function named(scope: Scope, getter: FileNode): Place | null {
  const name = firstValue(getter);
  for (let at: Scope | null = scope; at !== null; at = at.host?.scope ?? null) {
    const setter = at.graph.nodes.find((node) => node.type === "SetNode" && firstValue(node) === name && node.mode !== MUTED);
    if (setter !== undefined) return placeOf(at, setter.inputs[0]?.link ?? null);
  }
  return null;
}

/**
 * From inside a subgraph out through its input `slot`: a wire there, or the value its instance holds. Where the way
 * leads through several walls, the outermost instance that holds a value counts.
 */
function outside(finder: Finder, from: Scope, fromSlot: number): Place | Source | null {
  let [scope, slot] = [from, fromSlot];
  let held: Source | null = null;
  for (let host = scope.host; host !== null; host = scope.host) {
    const name = host.def.inputs[slot]?.name;
    if (name === undefined) return held;
    const value = finder.hostValue(host, name) ?? null;
    if (value !== null) held = { kind: "value", value, isHeld: true };
    const linked = placeOf(host.scope, host.node.inputs.find((input) => input.name === name)?.link ?? null);
    if (linked === null) return held;
    if (linked.link.origin !== INPUT_SIDE) return linked;
    [scope, slot] = [host.scope, linked.link.originSlot];
  }
  return null;
}

/** From an instance's output to the inner node that is wired to it. */
function into(finder: Finder, scope: Scope, node: FileNode, slot: number): Place | null {
  const inner = finder.inside.get(scope.prefix + node.id);
  const def = inner?.host?.def;
  if (inner === undefined || def === undefined) return null;
  const name = node.outputs[slot]?.name;
  const byName = def.outputs.findIndex((output) => output.name === name);
  const index = byName >= 0 ? byName : slot;
  for (const link of inner.graph.links.values())
    if (link.target === OUTPUT_SIDE && link.targetSlot === index) return { kind: "place", scope: inner, link };
  return null;
}
