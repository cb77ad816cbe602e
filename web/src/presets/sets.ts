/** Value sets of a workflow: values of chosen widgets under a name, kept in its file. */
import type { NodeDefs } from "@/formats/definitions";
import { list, text as asText } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import type { Values } from "@/formats/widgets";
import { updateNodes } from "@/model/actions";
import { withSubgraphs } from "@/model/definitions";
import { equal } from "@/model/diff";
import { drawerOf, withDrawer } from "@/model/extra";
import { changedAt } from "@/model/graphs";
import { graphOf, graphsOf } from "@/model/pages";
import { kept, type Follower, type Tracks } from "@/model/tracks";
import type { Doc, DocNode, NodeId } from "@/model/types";
import { freshUuid } from "@/model/uuid";
import { titleOf } from "@/session/store";

/** Values of one node. Type and title find it again where its number is another. */
export interface SetEntry {
  /** Id of the subgraph; null is the outermost page. */
  readonly page: string | null;
  readonly node: NodeId;
  readonly type: string;
  readonly title: string;
  readonly values: Values;
}

export interface ValueSet {
  readonly id: string;
  readonly name: string;
  readonly entries: readonly SetEntry[];
}

const ROOM = "presets";

function readEntry(raw: Json): SetEntry[] {
  if (!isObject(raw) || !isObject(raw["values"])) return [];
  return [{ page: typeof raw["page"] === "string" ? raw["page"] : null, node: asText(raw["node"]), type: asText(raw["type"]), title: asText(raw["title"]), values: raw["values"] }];
}

const readSet = (raw: Json): ValueSet[] => (isObject(raw) && asText(raw["id"]) !== "" ? [{ id: asText(raw["id"]), name: asText(raw["name"]), entries: list(raw["entries"]).flatMap(readEntry) }] : []);

const writeEntry = ({ page, node, type, title, values }: SetEntry): JsonObject => ({ ...(page === null ? {} : { page }), node, type, title, values: { ...values } });

const NONE: readonly ValueSet[] = [];
const read = new WeakMap<object, readonly ValueSet[]>();

export function setsOf(whole: Pick<Doc, "raw">): readonly ValueSet[] {
  const raw = drawerOf(whole, ROOM);
  if (!Array.isArray(raw)) return NONE;
  const known = read.get(raw) ?? raw.flatMap(readSet);
  read.set(raw, known);
  return known;
}

const withSets = (whole: Doc, sets: readonly ValueSet[]): Doc => withDrawer(whole, ROOM, sets.length === 0 ? undefined : sets.map(({ id, name, entries }) => ({ id, name, entries: entries.map(writeEntry) })));

export function putSet(whole: Doc, set: ValueSet): Doc {
  const before = setsOf(whole);
  return withSets(whole, before.some(({ id }) => id === set.id) ? before.map((other) => (other.id === set.id ? set : other)) : [...before, set]);
}

export const removeSet = (whole: Doc, id: string): Doc => withSets(whole, setsOf(whole).filter((set) => set.id !== id));

export function renameSet(whole: Doc, id: string, name: string): Doc {
  const set = setsOf(whole).find((other) => other.id === id);
  return set === undefined || name.trim() === "" || name.trim() === set.name ? whole : putSet(whole, { ...set, name: name.trim() });
}

/** Values of nodes that are gone stay: they are found again by type and title. */
export const setsFollow: Follower = (whole, tracks) => {
  const before = setsOf(whole);
  const after = kept(before, (set) => {
    const entries = kept(set.entries, (entry) => entriesNow(whole, tracks, entry));
    return [entries === set.entries ? set : { ...set, entries }];
  });
  return after === before ? whole : withSets(whole, after);
};

function entriesNow(whole: Doc, { before, setting }: Tracks, entry: SetEntry): readonly SetEntry[] {
  const found = new Map<string, SetEntry>();
  for (const [key, value] of Object.entries(entry.values))
    for (const now of setting({ page: entry.page, node: entry.node, key })) {
      const place = `${now.page ?? ""}|${now.node}`;
      const known = found.get(place) ?? { ...entry, page: now.page, node: now.node, ...namesNow(whole, before, entry, now), values: {} };
      found.set(place, { ...known, values: { ...known.values, [now.key]: value } });
    }
  const now = [...found.values()];
  return now.length === 0 || (now.length === 1 && equal(writeEntry(entry), writeEntry(now[0] ?? entry))) ? [entry] : now;
}

/** Another node has another type; an instance may be one of another subgraph. */
function namesNow(whole: Doc, before: Doc, { page, node, type, title }: SetEntry, now: Pick<SetEntry, "page" | "node">): Pick<SetEntry, "type" | "title"> {
  const [was, is] = [nodeAt(before, page, node), nodeAt(whole, now.page, now.node)];
  if (was?.type !== type || is === undefined || is.type === type) return { type, title };
  const isOther = now.page !== page || now.node !== node;
  return isOther || whole.subgraphs[is.type] !== undefined ? { type: is.type, title: isOther ? (is.title ?? is.type) : title } : { type, title };
}

const nodeAt = (whole: Doc, page: string | null, node: NodeId): DocNode | undefined => graphOf(whole, page)?.nodes[node];

export interface Chosen {
  readonly node: NodeId;
  readonly keys: readonly string[];
}

/** The present values of chosen widgets of a page. */
export function capture(whole: Doc, defs: NodeDefs, page: string | null, chosen: readonly Chosen[], name: string, id = freshUuid()): ValueSet {
  const graph = graphOf(whole, page) ?? whole;
  const entries = chosen.flatMap(({ node: number, keys }): SetEntry[] => {
    const node = graph.nodes[number];
    if (node === undefined || keys.length === 0) return [];
    return [{ page, node: number, type: node.type, title: titleOf({ ...graph, subgraphs: whole.subgraphs }, defs, number), values: picked(node.values, keys) }];
  });
  return { id, name: name.trim(), entries };
}

const picked = (values: Values, keys: readonly string[]): Values => Object.fromEntries(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));

export interface Match {
  readonly entry: SetEntry;
  /** Where the values go; null: nowhere in this workflow. */
  readonly page: string | null;
  readonly node: NodeId | null;
  /** False: another number, found by type and title. */
  readonly isExact: boolean;
}

/** A node of the same number and type; else the one node of the same type and title. */
export function matched(whole: Doc, defs: NodeDefs, entry: SetEntry): Match {
  if (nodeAt(whole, entry.page, entry.node)?.type === entry.type) return { entry, page: entry.page, node: entry.node, isExact: true };
  for (const [page, graph] of [...graphsOf(whole)].sort(([a], [b]) => Number(b === entry.page) - Number(a === entry.page))) {
    const alike = Object.values(graph.nodes).filter((node) => node.type === entry.type && titleOf({ ...graph, subgraphs: whole.subgraphs }, defs, node.id) === entry.title);
    const [only, ...others] = alike;
    if (only !== undefined && others.length === 0) return { entry, page, node: only.id, isExact: false };
  }
  return { entry, page: null, node: null, isExact: false };
}

/** The values of a set in the workflow; `isLoose` takes nodes of other numbers too. `serverDefs` are the server's. */
export function applySet(whole: Doc, serverDefs: NodeDefs, { entries }: ValueSet, isLoose = false): Doc {
  return entries.reduce((doc, entry) => {
    const match = matched(doc, withSubgraphs(serverDefs, doc.subgraphs), entry);
    return match.node === null || (!match.isExact && !isLoose) ? doc : withValues(doc, serverDefs, match.page, match.node, entry.values);
  }, whole);
}

const withValues = (whole: Doc, serverDefs: NodeDefs, page: string | null, id: NodeId, values: Values): Doc =>
  changedAt(whole, serverDefs, page, (doc) => updateNodes(doc, [id], (node) => ({ values: { ...node.values, ...values } })));

export interface Difference {
  readonly entry: SetEntry;
  readonly key: string;
  readonly now: Json;
  readonly then: Json;
}

/** What applying the set would change. */
export function differences(whole: Doc, defs: NodeDefs, { entries }: ValueSet): readonly Difference[] {
  return entries.flatMap((entry) => {
    const { page, node } = matched(whole, defs, entry);
    const now = node === null ? undefined : nodeAt(whole, page, node)?.values;
    if (now === undefined) return [];
    return Object.entries(entry.values).flatMap(([key, then]) => (equal(now[key], then) ? [] : [{ entry, key, now: now[key] ?? null, then }]));
  });
}

/** The same widgets with the values that they have now. */
export function updated(whole: Doc, defs: NodeDefs, set: ValueSet): ValueSet {
  const entries = set.entries.map((entry) => {
    const { page, node } = matched(whole, defs, entry);
    const now = node === null ? undefined : nodeAt(whole, page, node)?.values;
    return now === undefined || node === null ? entry : { ...entry, page, node, values: { ...entry.values, ...picked(now, Object.keys(entry.values)) } };
  });
  return { ...set, entries };
}
