/** What changed from one document to another: nodes with their values, wires, frames, the insides of subgraphs. */
import type { Json, JsonObject } from "@/formats/json";
import { isObject } from "@/formats/json";

import type { Doc, DocGroup, DocNode, Graph, NodeId, Subgraph } from "./types";

export type ChangeKind = "value" | "title" | "type" | "mode" | "color" | "collapsed" | "pinned" | "sockets" | "other" | "moved" | "resized";

/** One property that is another one now. */
export interface Change {
  readonly kind: ChangeKind;
  /** Of the value; empty where the kind says it all. */
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
}

export type DiffKind = "added" | "removed" | "changed";

export interface NodeDiff {
  readonly id: NodeId;
  readonly kind: DiffKind;
  /** The node as it is now, or was last. */
  readonly node: DocNode;
  readonly changes: readonly Change[];
}

/** Where a wire comes from. */
export interface Source {
  readonly node: NodeId;
  readonly slot: number;
  readonly output: string;
}

/** What feeds an input: an input has one wire at most. */
export interface LinkDiff {
  readonly to: NodeId;
  readonly input: string;
  readonly before: Source | null;
  readonly after: Source | null;
}

export interface GroupDiff {
  readonly id: string;
  readonly kind: DiffKind;
  readonly title: string;
  readonly changes: readonly Change[];
}

export interface GraphDiff {
  readonly nodes: readonly NodeDiff[];
  readonly links: readonly LinkDiff[];
  readonly groups: readonly GroupDiff[];
}

export interface SubgraphDiff extends GraphDiff {
  readonly id: string;
  readonly kind: DiffKind;
  readonly name: string;
  /** The name before, when it was another one. */
  readonly renamed: string | null;
}

export interface DocDiff extends GraphDiff {
  readonly subgraphs: readonly SubgraphDiff[];
}

/** Changes that only tidy up: what runs is the same. */
const MINOR: ReadonlySet<ChangeKind> = new Set(["moved", "resized", "collapsed", "pinned"]);

const isMinor = (change: Change): boolean => MINOR.has(change.kind);

export const linkKind = ({ before, after }: LinkDiff): DiffKind => (before === null ? "added" : after === null ? "removed" : "changed");

export function diffDocs(before: Doc, after: Doc): DocDiff {
  const ids = [...new Set([...Object.keys(before.subgraphs), ...Object.keys(after.subgraphs)])];
  return { ...diffGraphs(before, after), subgraphs: ids.flatMap((id) => diffSubgraphs(before.subgraphs[id], after.subgraphs[id])) };
}

export function isSame({ nodes, links, groups, subgraphs }: DocDiff): boolean {
  return nodes.length + links.length + groups.length + subgraphs.length === 0;
}

/** The same without what only tidies up. */
export function withoutMinor(diff: DocDiff): DocDiff {
  const subgraphs = diff.subgraphs.map((item) => ({ ...item, ...majorOf(item) }));
  return { ...majorOf(diff), subgraphs: subgraphs.filter((item) => item.kind !== "changed" || item.renamed !== null || item.nodes.length + item.links.length + item.groups.length > 0) };
}

function majorOf({ nodes, links, groups }: GraphDiff): GraphDiff {
  const major = <T extends { readonly kind: DiffKind; readonly changes: readonly Change[] }>(items: readonly T[]): readonly T[] =>
    items.map((item) => ({ ...item, changes: item.changes.filter((change) => !isMinor(change)) })).filter((item) => item.kind !== "changed" || item.changes.length > 0);
  return { nodes: major(nodes), links, groups: major(groups) };
}

export interface DiffCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** How many nodes, on all pages, came, went, or are another; a node with another wire counts as changed. */
export function countDiff(diff: DocDiff): DiffCounts {
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const page of [diff, ...diff.subgraphs]) {
    const told = new Set(page.nodes.map((node) => node.id));
    for (const node of page.nodes) counts[node.kind] += 1;
    counts.changed += new Set(page.links.map((link) => link.to).filter((id) => !told.has(id))).size;
    counts.changed += page.groups.length;
  }
  return counts;
}

function diffSubgraphs(before: Subgraph | undefined, after: Subgraph | undefined): readonly SubgraphDiff[] {
  const now = after ?? before;
  if (now === undefined) return [];
  const graph = diffGraphs(before ?? { ...now, nodes: {}, links: {}, groups: {} }, after ?? { ...now, nodes: {}, links: {}, groups: {} });
  const renamed = before !== undefined && after !== undefined && before.name !== after.name ? before.name : null;
  const kind = kindOf(before, after);
  if (kind === "changed" && renamed === null && graph.nodes.length + graph.links.length + graph.groups.length === 0) return [];
  return [{ id: now.id, kind, name: now.name, renamed, ...graph }];
}

const kindOf = (before: unknown, after: unknown): DiffKind => (before === undefined ? "added" : after === undefined ? "removed" : "changed");

function diffGraphs(before: Graph, after: Graph): GraphDiff {
  return {
    nodes: pairs(before.nodes, after.nodes).flatMap(([old, now]) => diffNode(old, now)),
    links: diffLinks(before, after),
    groups: pairs(before.groups, after.groups).flatMap(([old, now]) => diffGroup(old, now)),
  };
}

/** Things of the same key, those of before first. */
function pairs<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): readonly (readonly [T | undefined, T | undefined])[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].map((key) => [before[key], after[key]] as const);
}

/** A node of another type under the same id is another node. */
function diffNode(before: DocNode | undefined, after: DocNode | undefined): readonly NodeDiff[] {
  if (before !== undefined && after !== undefined && before.type === after.type) {
    const changes = before === after ? [] : nodeChanges(before, after);
    return changes.length === 0 ? [] : [{ id: after.id, kind: "changed", node: after, changes }];
  }
  const removed: readonly NodeDiff[] = before === undefined ? [] : [{ id: before.id, kind: "removed", node: before, changes: [] }];
  const added: readonly NodeDiff[] = after === undefined ? [] : [{ id: after.id, kind: "added", node: after, changes: [] }];
  return [...removed, ...added];
}

function nodeChanges(before: DocNode, after: DocNode): readonly Change[] {
  return [
    ...valueChanges(before, after),
    ...one("title", before.title, after.title),
    ...one("mode", before.mode, after.mode),
    ...one("color", before.color, after.color),
    ...one("sockets", ports(before), ports(after)),
    ...rest(before, after),
    ...one("collapsed", before.collapsed, after.collapsed),
    ...one("pinned", before.pinned, after.pinned),
    ...one("moved", [before.position.x, before.position.y], [after.position.x, after.position.y]),
    ...one("resized", [before.size.width, before.size.height], [after.size.width, after.size.height]),
  ];
}

function one(kind: ChangeKind, before: Json, after: Json, name = ""): readonly Change[] {
  return equal(before, after) ? [] : [{ kind, name, before, after }];
}

function valueChanges(before: DocNode, after: DocNode): readonly Change[] {
  const names = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])];
  return names.flatMap((name) => one("value", before.values[name] ?? null, after.values[name] ?? null, name));
}

/** Sockets that people or a subgraph made; those of widgets come and go with their wires. */
const ports = (node: DocNode): Json => [...node.inputs.filter((socket) => !socket.isWidget), ...node.outputs].map((socket) => `${socket.name}: ${socket.type}`);

/** What the document has fields for, or what follows from the rest. */
const TOLD: ReadonlySet<string> = new Set(["id", "type", "pos", "size", "flags", "order", "mode", "inputs", "outputs", "title", "color", "bgcolor", "bounding"]);
const VALUES: ReadonlySet<string> = new Set(["widgets_values", "widgets_values_named"]);

/** What the file says of a node beyond that; values of unknown types are among it. */
function rest(before: DocNode, after: DocNode): readonly Change[] {
  const isTold = (name: string): boolean => TOLD.has(name) || (VALUES.has(name) && before.known && after.known);
  const names = [...new Set([...Object.keys(before.raw), ...Object.keys(after.raw)])].filter((name) => !isTold(name));
  return names.flatMap((name) => one(VALUES.has(name) ? "value" : "other", before.raw[name] ?? null, after.raw[name] ?? null, name));
}

function diffGroup(before: DocGroup | undefined, after: DocGroup | undefined): readonly GroupDiff[] {
  const group = after ?? before;
  if (group === undefined) return [];
  const changes = before === undefined || after === undefined ? [] : groupChanges(before, after);
  const kind = kindOf(before, after);
  return kind === "changed" && changes.length === 0 ? [] : [{ id: group.id, kind, title: group.title, changes }];
}

function groupChanges(before: DocGroup, after: DocGroup): readonly Change[] {
  return [
    ...one("title", before.title, after.title),
    ...one("color", before.color, after.color),
    ...one("moved", [before.position.x, before.position.y], [after.position.x, after.position.y]),
    ...one("resized", [before.size.width, before.size.height], [after.size.width, after.size.height]),
  ];
}

function diffLinks(before: Graph, after: Graph): readonly LinkDiff[] {
  const [old, now] = [sources(before), sources(after)];
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].flatMap((key): LinkDiff[] => {
    const [was, is] = [old.get(key), now.get(key)];
    const at = is ?? was;
    if (at === undefined || isSameSource(was?.source, is?.source)) return [];
    return [{ to: at.to, input: at.input, before: was?.source ?? null, after: is?.source ?? null }];
  });
}

interface Fed {
  readonly to: NodeId;
  readonly input: string;
  readonly source: Source;
}

/** What feeds each input, under the names that people see: numbers of wires mean nothing. */
function sources(graph: Graph): ReadonlyMap<string, Fed> {
  const found = new Map<string, Fed>();
  for (const { from, slot, to, input } of Object.values(graph.links)) {
    const output = outputName(graph, from, slot);
    found.set(`${to}|${input}`, { to, input, source: { node: from, slot, output } });
  }
  return found;
}

/** Outputs of the same name are told apart by their place. */
function outputName(graph: Graph, id: NodeId, slot: number): string {
  const outputs = graph.nodes[id]?.outputs ?? [];
  const name = outputs[slot]?.name ?? "";
  const isOnly = outputs.filter((output) => output.name === name).length === 1;
  return isOnly && name !== "" ? name : `${name} ${slot + 1}`.trim();
}

const isSameSource = (a: Source | undefined, b: Source | undefined): boolean => a !== undefined && b !== undefined && a.node === b.node && a.output === b.output;

/** Equality of plain data, whatever the order of keys. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  return isObject(a) && isObject(b) && isSameObject(a, b);
}

function isSameObject(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}
