/** Bends: points that wires are led through. Wires of one output may share them; what is computed never depends on them. */
import { connect, isLegal, removeLinks, withoutLooseBends } from "./actions";
import { linkInto } from "./links";
import type { Doc, DocLink, Graph, NodeId, Point, Reroute } from "./types";

/** A stretch of wire: the one that ends in a bend, or the last one of a wire, which ends in its input. */
export type Stretch = { readonly bend: number } | { readonly link: number };

const NO_LINKS: readonly DocLink[] = [];
const NO_BENDS: readonly Reroute[] = [];

/** The bends that lead from an output to `last`, in this order. */
export function chainOf({ reroutes }: Pick<Graph, "reroutes">, last: number | null): readonly Reroute[] {
  if (last === null) return NO_BENDS;
  const chain: Reroute[] = [];
  const seen = new Set<number>();
  for (let at: number | null = last; at !== null && !seen.has(at); ) {
    seen.add(at);
    const bend: Reroute | undefined = reroutes[at];
    if (bend === undefined) break;
    chain.unshift(bend);
    at = bend.parent;
  }
  return chain;
}

interface Through {
  readonly reroutes: Graph["reroutes"];
  readonly links: ReadonlyMap<number, readonly DocLink[]>;
}

const known = new WeakMap<Graph["links"], Through>();

/** The wires that are led through each bend. */
export function wiresByBend(graph: Pick<Graph, "links" | "reroutes">): ReadonlyMap<number, readonly DocLink[]> {
  const found = known.get(graph.links);
  if (found !== undefined && found.reroutes === graph.reroutes) return found.links;
  const links = new Map<number, DocLink[]>();
  for (const link of Object.values(graph.links))
    for (const { id } of chainOf(graph, link.reroute)) {
      const same = links.get(id);
      if (same === undefined) links.set(id, [link]);
      else same.push(link);
    }
  known.set(graph.links, { reroutes: graph.reroutes, links });
  return links;
}

export const wiresThrough = (graph: Pick<Graph, "links" | "reroutes">, bend: number): readonly DocLink[] => wiresByBend(graph).get(bend) ?? NO_LINKS;

/** Breaks a stretch of wire in two; all wires that share the stretch share the bend. */
export function addBend(doc: Doc, stretch: Stretch, position: Point): { readonly doc: Doc; readonly id: number } {
  const id = Math.max(0, ...Object.keys(doc.reroutes).map(Number)) + 1;
  if ("bend" in stretch) {
    const next = doc.reroutes[stretch.bend];
    if (next === undefined) return { doc, id: -1 };
    const bend: Reroute = { id, parent: next.parent, position, raw: {} };
    return { id, doc: { ...doc, reroutes: { ...doc.reroutes, [id]: bend, [next.id]: { ...next, parent: id } } } };
  }
  const link = doc.links[stretch.link];
  if (link === undefined) return { doc, id: -1 };
  const bend: Reroute = { id, parent: link.reroute, position, raw: {} };
  return { id, doc: { ...doc, reroutes: { ...doc.reroutes, [id]: bend }, links: { ...doc.links, [link.id]: { ...link, reroute: id } } } };
}

/** The wires stay; they go on from the bend before. */
export function removeBends(doc: Doc, ids: readonly number[]): Doc {
  const gone = new Set(ids.filter((id) => doc.reroutes[id] !== undefined));
  if (gone.size === 0) return doc;
  const kept = (id: number | null): number | null => {
    const seen = new Set<number>();
    let at = id;
    while (at !== null && gone.has(at) && !seen.has(at)) {
      seen.add(at);
      at = doc.reroutes[at]?.parent ?? null;
    }
    return at !== null && gone.has(at) ? null : at;
  };
  const reroutes: Record<number, Reroute> = {};
  for (const bend of Object.values(doc.reroutes)) if (!gone.has(bend.id)) reroutes[bend.id] = bend.parent === kept(bend.parent) ? bend : { ...bend, parent: kept(bend.parent) };
  const bent = Object.values(doc.links).filter((link) => link.reroute !== kept(link.reroute));
  if (bent.length === 0) return { ...doc, reroutes };
  return { ...doc, reroutes, links: { ...doc.links, ...Object.fromEntries(bent.map((link) => [link.id, { ...link, reroute: kept(link.reroute) }])) } };
}

/** Takes all bends out of wires that no other wire is led through. */
export function straighten(doc: Doc, links: readonly number[]): Doc {
  const chosen = new Set(links);
  const changed = links.flatMap((id) => doc.links[id] ?? []).filter((link) => link.reroute !== null);
  if (changed.length === 0) return doc;
  const after = { ...doc, links: { ...doc.links, ...Object.fromEntries(changed.map((link) => [link.id, { ...link, reroute: null }])) } };
  return chosen.size === 0 ? doc : withoutLooseBends(after, doc);
}

export function moveBends(doc: Doc, places: Readonly<Record<number, Point>>): Doc {
  const moved = Object.entries(places).flatMap(([id, position]): [string, Reroute][] => {
    const bend = doc.reroutes[Number(id)];
    return bend === undefined || (bend.position.x === position.x && bend.position.y === position.y) ? [] : [[id, { ...bend, position }]];
  });
  return moved.length === 0 ? doc : { ...doc, reroutes: { ...doc.reroutes, ...Object.fromEntries(moved) } };
}

/** A new wire that leaves another one at a bend: it comes from the same output and shares the way up to there. */
export function branch(doc: Doc, bend: number, to: NodeId, input: string): Doc {
  const trunk = wiresThrough(doc, bend)[0];
  const old = linkInto(doc, to, input);
  if (trunk === undefined || (old !== undefined && old.from === trunk.from && old.slot === trunk.slot)) return doc;
  const joined = connect(doc, { from: trunk.from, slot: trunk.slot, to, input });
  return joined === doc ? doc : withLook(joined, { ...trunk, reroute: bend, hidden: false, label: null });
}

/** The newest wire is led and shown as another one was. */
function withLook(doc: Doc, { reroute, hidden, label }: Pick<DocLink, "reroute" | "hidden" | "label">): Doc {
  const link = doc.links[doc.lastLinkId];
  return link === undefined ? doc : { ...doc, links: { ...doc.links, [link.id]: { ...link, reroute, hidden, label } } };
}

/** The end of a wire goes to another input; its bends and its name go with it. */
export function moveEnd(doc: Doc, id: number, to: NodeId, input: string): Doc {
  const link = doc.links[id];
  if (link === undefined || (link.to === to && link.input === input)) return doc;
  const wire = { from: link.from, slot: link.slot, to, input };
  if (!isLegal(doc, wire)) return doc;
  return removeLinks(withLook(connect(doc, wire), link), [id]);
}

/** All wires of one output go to another, as far as they may; bends and names go with them. */
export function moveOutput(doc: Doc, wires: readonly DocLink[], from: NodeId, slot: number): Doc {
  const type = doc.nodes[from]?.outputs[slot]?.type ?? "*";
  let links = doc.links;
  for (const link of wires)
    if (isLegal({ ...doc, links: withoutKey(links, link.id) }, { from, slot, to: link.to, input: link.input })) links = { ...links, [link.id]: { ...link, from, slot, type } };
  return links === doc.links ? doc : { ...doc, links: links };
}

const withoutKey = (links: Doc["links"], id: number): Doc["links"] => Object.fromEntries(Object.entries(links).filter(([key]) => Number(key) !== id));

/** Hidden or shown, named or not. */
export function presentLinks(doc: Doc, ids: readonly number[], look: Partial<Pick<DocLink, "hidden" | "label">>): Doc {
  const links = ids.flatMap((id) => doc.links[id] ?? []);
  return links.length === 0 ? doc : { ...doc, links: { ...doc.links, ...Object.fromEntries(links.map((link) => [link.id, { ...link, ...look }])) } };
}

/** The wires that a stretch stands for: those led through the bend at its end, or the one that ends there. */
export const linksThroughAll = (doc: Doc, bend: number | null, link: number): readonly number[] => (bend === null ? [link] : wiresThrough(doc, bend).map((wire) => wire.id));
