/** Copied nodes are a small canvas file, so that they travel between tabs and programs. */
import type { NodeDefs } from "@/formats/definitions";
import { kindOf } from "@/formats/file";
import { isObject, parseJson, stringifyJson, type Json } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";

import { connect } from "./actions";
import { drawerOf, withDrawer } from "./extra";
import { mayConnect } from "./matching";
import { usedInside } from "./pages";
import { signature } from "./subgraphs";
import { EMPTY_DOC, isSide, type Doc, type DocGroup, type DocLink, type DocNode, type NodeId, type Point, type Reroute, type Subgraph, type Subgraphs } from "./types";
import { freshUuid } from "./uuid";

export interface Copied {
  readonly nodes: readonly NodeId[];
  readonly groups?: readonly string[];
}

/** The part of a page that these nodes and groups are, with the subgraphs they need. */
export function excerpt(doc: Doc, { nodes, groups = [] }: Copied): Doc {
  const chosen = new Set(nodes.filter((id) => !isSide(id)));
  const own = Object.fromEntries(Object.entries(doc.nodes).filter(([id]) => chosen.has(id)));
  const links = Object.fromEntries(Object.entries(doc.links).filter(([, link]) => chosen.has(link.from) && chosen.has(link.to)));
  const bends = new Set<number>();
  for (const link of Object.values(links)) for (let at = link.reroute; at !== null && !bends.has(at); at = doc.reroutes[at]?.parent ?? null) bends.add(at);
  const types = Object.values(own).flatMap((node) => (doc.subgraphs[node.type] === undefined ? [] : [node.type, ...usedInside(doc.subgraphs, node.type)]));
  return {
    ...EMPTY_DOC,
    nodes: own,
    links,
    reroutes: Object.fromEntries(Object.entries(doc.reroutes).filter(([id]) => bends.has(Number(id)))),
    groups: Object.fromEntries(Object.entries(doc.groups).filter(([id]) => groups.includes(id))),
    subgraphs: Object.fromEntries(Object.entries(doc.subgraphs).filter(([id]) => types.includes(id))),
  };
}

const INCOMING = "incoming";

/** Notes on a part of a page from where outside of it its nodes are fed, for copies that are to be fed from there too. */
export function withIncoming(part: Doc, doc: Doc): Doc {
  const links = Object.values(doc.links).filter(({ from, to }) => part.nodes[to] !== undefined && part.nodes[from] === undefined);
  const told = links.map(({ from, slot, to, input }): Json => ({ from, type: doc.nodes[from]?.type ?? "", slot, to, input }));
  return told.length === 0 ? part : withDrawer(part, INCOMING, told);
}

/** Feeds pasted nodes from where their originals are fed, as far as that is on this page. */
export function joinIncoming(doc: Doc, defs: NodeDefs, source: Json, { names }: Pasted): Doc {
  const told = isObject(source) ? drawerOf({ raw: source }, INCOMING) : undefined;
  return (Array.isArray(told) ? told : []).reduce<Doc>((joined, one) => {
    const { from, type, slot, to: original, input } = isObject(one) ? one : {};
    const to = names.get(String(original));
    if (typeof from !== "string" || typeof slot !== "number" || typeof input !== "string" || to === undefined || joined.nodes[from]?.type !== type) return joined;
    const wire = { from, slot, to, input };
    return mayConnect(joined, defs, wire) ? connect(joined, wire) : joined;
  }, doc);
}

/** `defs` are the server's; `more` adds what is kept of the nodes elsewhere. */
export const copyText = (doc: Doc, defs: NodeDefs, copied: Copied, more: (part: Doc) => Doc = (part) => part): string => stringifyJson(writeDocument(more(excerpt(doc, copied)), defs));

export function parseClipboard(text: string): Json | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const parsed = parseJson(text);
    return kindOf(parsed) === "other" ? null : parsed;
  } catch {
    return null;
  }
}

export interface Pasted {
  readonly doc: Doc;
  readonly ids: readonly NodeId[];
  /** What the nodes are called here, by what they were called. */
  readonly names: ReadonlyMap<NodeId, NodeId>;
  /** The same for their subgraphs. */
  readonly types: ReadonlyMap<string, string>;
}

/** Adds the copied nodes with new ids, their top left corner at `at`. */
export function paste(doc: Doc, defs: NodeDefs, source: Json, at: Point | null, offset = 32): Pasted {
  return insert(doc, readDocument(source, defs), at, offset);
}

function insert(doc: Doc, added: Doc, at: Point | null, offset = 32): Pasted {
  const incoming = Object.values(added.nodes);
  const corners = [...incoming.map((node) => node.position), ...Object.values(added.groups).map((group) => group.position)];
  if (corners.length === 0) return { doc, ids: [], names: new Map(), types: new Map() };
  const left = Math.min(...corners.map((corner) => corner.x));
  const top = Math.min(...corners.map((corner) => corner.y));
  const shift = at === null ? { x: offset, y: offset } : { x: at.x - left, y: at.y - top };
  const moved = (point: Point): Point => ({ x: point.x + shift.x, y: point.y + shift.y });
  const types = newTypes(doc.subgraphs, added.subgraphs);
  const renamed = new Map(incoming.map((node, i) => [node.id, String(doc.lastNodeId + 1 + i)]));
  const lastBend = Math.max(0, ...Object.keys(doc.reroutes).map(Number));
  const bends = new Map(Object.keys(added.reroutes).map((id, i) => [Number(id), lastBend + 1 + i]));
  const bend = (id: number | null): number | null => (id === null ? null : (bends.get(id) ?? null));
  const nodes = incoming.map((node): DocNode => ({ ...node, id: renamed.get(node.id) ?? node.id, type: types.get(node.type) ?? node.type, position: moved(node.position) }));
  const links = Object.values(added.links).flatMap((link, i): DocLink[] => {
    const [from, to] = [renamed.get(link.from), renamed.get(link.to)];
    return from === undefined || to === undefined ? [] : [{ ...link, id: doc.lastLinkId + 1 + i, from, to, reroute: bend(link.reroute) }];
  });
  const reroutes = Object.values(added.reroutes).map((item): Reroute => ({ ...item, id: bend(item.id) ?? item.id, parent: bend(item.parent), position: moved(item.position) }));
  const lastGroup = Math.max(0, ...Object.keys(doc.groups).map((key) => Number(key.slice(1)) || 0));
  const groups = Object.values(added.groups).map((group, i): DocGroup => ({ ...group, id: `g${lastGroup + 1 + i}`, position: moved(group.position) }));
  return {
    ...{ ids: nodes.map((node) => node.id), names: renamed, types },
    doc: {
      ...doc,
      lastNodeId: doc.lastNodeId + nodes.length,
      lastLinkId: doc.lastLinkId + Object.keys(added.links).length,
      nodes: { ...doc.nodes, ...byId(nodes) },
      links: { ...doc.links, ...byId(links) },
      reroutes: { ...doc.reroutes, ...byId(reroutes) },
      groups: { ...doc.groups, ...byId(groups) },
      subgraphs: withTypes(doc.subgraphs, added.subgraphs, types),
    },
  };
}

const byId = <T extends { readonly id: string | number }>(items: readonly T[]): Record<string, T> => Object.fromEntries(items.map((item) => [item.id, item]));

/** A subgraph that is here already, under whatever id, is not brought again; another one of the same id comes under a new id. */
function newTypes(present: Subgraphs, added: Subgraphs): ReadonlyMap<string, string> {
  const known = new Map(Object.keys(present).map((id) => [signature(present, id), id]));
  const typeFor = (id: string): string => {
    const mark = signature(added, id);
    if (present[id] !== undefined && signature(present, id) === mark) return id;
    return known.get(mark) ?? (present[id] === undefined ? id : freshUuid());
  };
  return new Map(Object.keys(added).map((id) => [id, typeFor(id)]));
}

function withTypes(present: Subgraphs, added: Subgraphs, types: ReadonlyMap<string, string>): Subgraphs {
  const fresh = Object.values(added).filter((subgraph) => present[types.get(subgraph.id) ?? ""] === undefined);
  if (fresh.length === 0) return present;
  const renamed = fresh.map((subgraph): Subgraph => {
    const nodes = Object.fromEntries(Object.entries(subgraph.nodes).map(([id, node]) => [id, types.has(node.type) ? { ...node, type: types.get(node.type) ?? node.type } : node]));
    return { ...subgraph, id: types.get(subgraph.id) ?? subgraph.id, nodes };
  });
  return { ...present, ...byId(renamed) };
}
