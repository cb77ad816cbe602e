/** Switches of a workflow: what nodes and groups do when one is on, and when it is off. */
import { list, text as asText } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { updateNodes } from "@/model/actions";
import { drawerOf, withDrawer } from "@/model/extra";
import { docOf } from "@/model/graphs";
import { membersOf, type Boxes } from "@/model/grouping";
import { graphOf, splitExecutionId, subgraphAt } from "@/model/pages";
import { distinct, kept, type Follower, type Tracks } from "@/model/tracks";
import { isSide, MODE, type Doc, type DocNode, type Graph, type NodeId } from "@/model/types";

/** A node or group by the instances it is inside of: "12:3", or "12:g1" for a group. */
export interface SwitchEntry {
  readonly kind: "node" | "group";
  readonly id: string;
  readonly on: number;
  readonly off: number;
}

export interface Switch {
  readonly id: string;
  readonly name: string;
  /** Of the switches with the same word one is on at a time. */
  readonly radio: string | null;
  readonly entries: readonly SwitchEntry[];
}

export const MODES: readonly number[] = [MODE.always, MODE.muted, MODE.bypassed];

const ROOM = "switches";

const modeFrom = (value: Json | undefined, fallback: number): number => MODES.find((mode) => mode === value) ?? fallback;

function readEntry(raw: Json): SwitchEntry[] {
  if (!isObject(raw)) return [];
  const group = asText(raw["group"]);
  const id = group === "" ? asText(raw["node"]) : group;
  return id === "" ? [] : [{ kind: group === "" ? "node" : "group", id, on: modeFrom(raw["on"], MODE.always), off: modeFrom(raw["off"], MODE.bypassed) }];
}

function readSwitch(raw: Json): Switch[] {
  if (!isObject(raw) || asText(raw["id"]) === "") return [];
  return [{ id: asText(raw["id"]), name: asText(raw["name"]), radio: asText(raw["radio"]) || null, entries: list(raw["entries"]).flatMap(readEntry) }];
}

const writeSwitch = ({ id, name, radio, entries }: Switch): JsonObject => ({
  ...{ id, name, ...(radio === null ? {} : { radio }) },
  entries: entries.map(({ kind, id: place, on, off }) => ({ [kind]: place, on, off })),
});

const NONE: readonly Switch[] = [];
const read = new WeakMap<object, readonly Switch[]>();

export function switchesOf(whole: Pick<Doc, "raw">): readonly Switch[] {
  const raw = drawerOf(whole, ROOM);
  if (!Array.isArray(raw)) return NONE;
  const known = read.get(raw) ?? raw.flatMap(readSwitch);
  read.set(raw, known);
  return known;
}

const withSwitches = (whole: Doc, all: readonly Switch[]): Doc => withDrawer(whole, ROOM, all.length === 0 ? undefined : all.map(writeSwitch));

export function putSwitch(whole: Doc, one: Switch): Doc {
  const before = switchesOf(whole);
  return withSwitches(whole, before.some(({ id }) => id === one.id) ? before.map((other) => (other.id === one.id ? one : other)) : [...before, one]);
}

export const removeSwitch = (whole: Doc, id: string): Doc => withSwitches(whole, switchesOf(whole).filter((other) => other.id !== id));

/** Without any of its nodes and groups left a switch stays, with its name, to be made anew. */
export const switchesFollow: Follower = (whole, tracks) => {
  const before = switchesOf(whole);
  const after = kept(before, (one) => {
    const entries = kept(one.entries, (entry) => entryNow(whole, tracks, entry));
    return [entries === one.entries ? one : { ...one, entries: distinct(entries, ({ kind, id }) => `${kind}|${id}`) }];
  });
  return after === before ? whole : withSwitches(whole, after);
};

/** In place of an instance stand its nodes; those that do not always run inside keep to that. */
function entryNow(whole: Doc, tracks: Tracks, entry: SwitchEntry): readonly SwitchEntry[] {
  const isOpened = entry.kind === "node" && tracks.opening(entry.id) !== undefined;
  return tracks[entry.kind](entry.id).map((id) => (id === entry.id ? entry : { ...entry, id, ...(isOpened ? modesNow(whole, tracks, entry, id) : {}) }));
}

function modesNow(whole: Doc, { before, opening }: Tracks, { id, on, off }: SwitchEntry, now: string): Pick<SwitchEntry, "on" | "off"> {
  const from = opening(id)?.to.findIndex((path) => path.join(":") === now) ?? -1;
  const own = before.subgraphs[nodeAt(before, id)?.type ?? ""];
  const inner = Object.values(own?.nodes ?? {}).filter((node) => !isSide(node.id))[from]?.mode ?? nodeAt(whole, now)?.mode ?? MODE.always;
  const modeIn = (mode: number): number => (mode === MODE.always ? inner : mode);
  return { on: modeIn(on), off: modeIn(off) };
}

function nodeAt(whole: Doc, id: string): DocNode | undefined {
  const { path, node } = splitExecutionId(id);
  return graphOf(whole, subgraphAt(whole, path) ?? null)?.nodes[node];
}

/** Where the nodes of a page are, for the groups around them. */
export type BoxesOf = (page: Doc, id: string | null) => Boxes;

interface Target {
  /** Id of the subgraph; null is the outermost page. */
  readonly page: string | null;
  readonly node: NodeId;
  readonly mode: number;
}

/** The nodes of an entry, each with its mode; none when the entry is of something that is gone. */
function targetsOf(whole: Doc, boxes: BoxesOf, { kind, id, on, off }: SwitchEntry, isOn: boolean): readonly Target[] {
  const { path, node: last } = splitExecutionId(id);
  const where = subgraphAt(whole, path);
  const page = where === undefined ? undefined : docOf(whole, where);
  if (where === undefined || page === undefined) return [];
  const nodes = kind === "group" ? membersOf(page, last, boxes(page, where)).nodes : page.nodes[last] === undefined ? [] : [last];
  return nodes.filter((node) => !isSide(node)).map((node) => ({ page: where, node, mode: isOn ? on : off }));
}

const allTargets = (whole: Doc, boxes: BoxesOf, { entries }: Switch, isOn: boolean): readonly Target[] => entries.flatMap((entry) => targetsOf(whole, boxes, entry, isOn));

export type SwitchState = "on" | "off" | "mixed" | "gone";

/** What the workflow shows: nothing is remembered beside it, so undo needs no help. */
export function stateOf(whole: Doc, boxes: BoxesOf, one: Switch): SwitchState {
  const [on, off] = [allTargets(whole, boxes, one, true), allTargets(whole, boxes, one, false)];
  if (on.length === 0) return "gone";
  const isSo = ({ page, node, mode }: Target): boolean => graphOf(whole, page)?.nodes[node]?.mode === mode;
  if (on.every(isSo)) return "on";
  return off.every(isSo) ? "off" : "mixed";
}

function withModes(whole: Doc, targets: readonly Target[]): Doc {
  const byPage = new Map<string | null, Map<NodeId, number>>();
  for (const { page, node, mode } of targets) byPage.set(page, (byPage.get(page) ?? new Map<NodeId, number>()).set(node, mode));
  let doc = whole;
  for (const [page, modes] of byPage) doc = withPageModes(doc, page, modes);
  return doc;
}

function withPageModes(whole: Doc, id: string | null, modes: ReadonlyMap<NodeId, number>): Doc {
  const page = docOf(whole, id);
  const changed = page === undefined ? [] : [...modes].filter(([node, mode]) => page.nodes[node]?.mode !== mode).map(([node]) => node);
  if (page === undefined || changed.length === 0) return whole;
  const { nodes } = updateNodes(page, changed, (node) => ({ mode: modes.get(node.id) ?? node.mode }));
  if (id === null) return { ...whole, nodes };
  const subgraph = whole.subgraphs[id];
  return subgraph === undefined ? whole : { ...whole, subgraphs: { ...whole.subgraphs, [id]: { ...subgraph, nodes } } };
}

/** Turned on, it turns off the others of its kind first: what two of them have in common is on. */
export function turn(whole: Doc, boxes: BoxesOf, one: Switch, isOn: boolean): Doc {
  const rivals = isOn && one.radio !== null ? switchesOf(whole).filter((other) => other.radio === one.radio && other.id !== one.id) : [];
  return withModes(whole, [...rivals.flatMap((other) => allTargets(whole, boxes, other, false)), ...allTargets(whole, boxes, one, isOn)]);
}

/** One of several is not turned off by itself: another one is turned on. */
export function toggled(whole: Doc, boxes: BoxesOf, one: Switch): Doc {
  const isOn = stateOf(whole, boxes, one) === "on";
  return isOn && one.radio !== null ? whole : turn(whole, boxes, one, !isOn);
}

/** An entry as things are: what is off now is on while the switch is off. */
export function entryOf(kind: SwitchEntry["kind"], id: string, mode: number): SwitchEntry {
  return { kind, id, on: mode, off: mode === MODE.always ? MODE.bypassed : MODE.always };
}

export interface Picked {
  readonly nodes: readonly NodeId[];
  readonly groups: readonly string[];
}

/** Entries of what is selected on a page. A group counts as its nodes do when all do alike. */
export function entriesFrom(page: Graph & Pick<Doc, "subgraphs">, path: readonly NodeId[], { nodes, groups }: Picked, boxes: Boxes): readonly SwitchEntry[] {
  const idOf = (last: string): string => [...path, last].join(":");
  const inGroups = new Set(groups.flatMap((id) => membersOf(page, id, boxes).nodes));
  const modes = (ids: readonly NodeId[]): number => {
    const found = new Set(ids.flatMap((id) => page.nodes[id]?.mode ?? []));
    return found.size === 1 ? ([...found][0] ?? MODE.always) : MODE.always;
  };
  return [
    ...groups.filter((id) => page.groups[id] !== undefined).map((id) => entryOf("group", idOf(id), modes(membersOf(page, id, boxes).nodes))),
    ...nodes.filter((id) => !isSide(id) && page.nodes[id] !== undefined && !inGroups.has(id)).map((id) => entryOf("node", idOf(id), page.nodes[id]?.mode ?? MODE.always)),
  ];
}
