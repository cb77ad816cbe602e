/** Puts what is inside of a subgraph's instance in the instance's place. */
import type { NodeDefs } from "@/formats/definitions";
import { controlKey } from "@/formats/widgets";

import { withoutLooseBends } from "./actions";
import { chainOf } from "./bends";
import { withSubgraphs } from "./definitions";
import { estimatedSize } from "./geometry";
import { linkInto, linksOutOf } from "./links";
import { asSetting, type Moved, type Moves } from "./moves";
import { widgetsFedBy, withHeld } from "./ports";
import { INPUT_SIDE, isSide, MODE, OUTPUT_SIDE, type Doc, type DocGroup, type DocLink, type DocNode, type NodeId, type Point, type Reroute, type Subgraph } from "./types";
import { around } from "./wrap";

export interface Unpacked extends Moved {
  /** The nodes as they are called on this page. */
  readonly ids: readonly NodeId[];
}

/** `defs` are the server's. Null when the node is no instance. */
export function unpack(doc: Doc, serverDefs: NodeDefs, id: NodeId): Unpacked | null {
  const instance = doc.nodes[id];
  const subgraph = instance === undefined ? undefined : doc.subgraphs[instance.type];
  if (instance === undefined || subgraph === undefined) return null;
  const defs = withSubgraphs(serverDefs, doc.subgraphs);
  const names = newNames(doc, subgraph);
  const shift = shiftOf(instance, subgraph, defs);
  const held = withHostValues(doc, instance, subgraph, defs);
  const nodes = Object.values(held).filter((node) => !isSide(node.id)).map((node): DocNode => ({
    ...node,
    id: names.node(node.id),
    position: moved(node.position, shift),
    mode: instance.mode === MODE.always ? node.mode : instance.mode,
  }));
  const groups = Object.values(subgraph.groups).map((group): DocGroup => ({ ...group, id: names.group(group.id), position: moved(group.position, shift) }));
  const wired = joined(doc, instance, subgraph, names, shift);
  const left = Object.fromEntries(Object.entries(doc.nodes).filter(([node]) => node !== id));
  const page: Doc = {
    ...doc,
    ...wired,
    nodes: { ...left, ...Object.fromEntries(nodes.map((node) => [node.id, node])) },
    groups: { ...doc.groups, ...Object.fromEntries(groups.map((group) => [group.id, group])) },
    lastNodeId: Math.max(doc.lastNodeId, ...nodes.map((node) => Number(node.id)).filter(Number.isFinite)),
  };
  return { doc: withoutLooseBends(page, { ...doc, reroutes: wired.reroutes }), moves: cameOut(doc, instance, subgraph, names, shift, defs), ids: nodes.map((node) => node.id) };
}

/** The instance stands for its nodes, and what it held for the widgets that took it. */
function cameOut(doc: Doc, { id }: DocNode, subgraph: Subgraph, names: Names, shift: Point, defs: NodeDefs): Moves {
  const inner = Object.keys(subgraph.nodes).filter((node) => !isSide(node));
  const ports = subgraph.nodes[INPUT_SIDE]?.outputs ?? [];
  return {
    nodes: inner.map((node) => ({ from: [id, node], to: [names.node(node)] })),
    groups: Object.keys(subgraph.groups).map((group) => ({ from: [id, group], to: [names.group(group)] })),
    openings: [{ from: [id], to: inner.map((node) => [names.node(node)]), shift }],
    settings: ports.flatMap(({ name }, slot) => (linkInto(doc, id, name) === undefined ? widgetsFedBy(subgraph, slot, defs).flatMap((fed) => asSetting([id], name, [names.node(fed.node)], fed.input)) : [])),
  };
}

const moved = (point: Point, shift: Point): Point => ({ x: point.x + shift.x, y: point.y + shift.y });

interface Names {
  readonly node: (id: NodeId) => NodeId;
  readonly group: (id: string) => string;
  readonly bend: (id: number) => number;
}

/** Inner nodes and groups keep their ids where those are free. */
function newNames(doc: Doc, subgraph: Subgraph): Names {
  const inner = Object.keys(subgraph.nodes).filter((id) => !isSide(id));
  let last = Math.max(doc.lastNodeId, ...[...inner, ...Object.keys(doc.nodes)].map(Number).filter(Number.isFinite));
  const ids = new Map(inner.map((id) => [id, doc.nodes[id] === undefined ? id : String((last += 1))]));
  let lastGroup = Math.max(0, ...[...Object.keys(doc.groups), ...Object.keys(subgraph.groups)].map((key) => Number(key.slice(1)) || 0));
  const groups = new Map(Object.keys(subgraph.groups).map((id) => [id, doc.groups[id] === undefined ? id : `g${(lastGroup += 1)}`]));
  const lastBend = Math.max(0, ...Object.keys(doc.reroutes).map(Number));
  const bends = new Map(Object.keys(subgraph.reroutes).map((id, i) => [Number(id), lastBend + 1 + i]));
  return { node: (id) => ids.get(id) ?? id, group: (id) => groups.get(id) ?? id, bend: (id) => bends.get(id) ?? id };
}

/** The middle of the nodes comes to where the middle of the instance was. */
function shiftOf(instance: DocNode, subgraph: Subgraph, defs: NodeDefs): Point {
  const boxes = Object.values(subgraph.nodes).filter((node) => !isSide(node.id)).map((node) => ({ ...node.position, ...estimatedSize(node, defs[node.type]) }));
  const frames = Object.values(subgraph.groups).map((group) => ({ ...group.position, ...group.size }));
  if (boxes.length + frames.length === 0) return { x: 0, y: 0 };
  const box = around([...boxes, ...frames]);
  const place = { x: Math.round(box.x + (box.width - instance.size.width) / 2), y: Math.round(box.y + (box.height - instance.size.height) / 2) };
  return { x: instance.position.x - place.x, y: instance.position.y - place.y };
}

/** What the instance holds becomes the inner widgets' own. */
function withHostValues(doc: Doc, instance: DocNode, subgraph: Subgraph, defs: NodeDefs): Subgraph["nodes"] {
  return (subgraph.nodes[INPUT_SIDE]?.outputs ?? []).reduce((nodes, { name }, slot) => {
    if (linkInto(doc, instance.id, name) !== undefined) return nodes;
    return withHeld(nodes, widgetsFedBy(subgraph, slot, defs), instance.values[name], instance.values[controlKey(name)]);
  }, subgraph.nodes);
}

/** Wires and bends of the page once those inside and outside are joined at the edges. */
function joined(doc: Doc, instance: DocNode, subgraph: Subgraph, names: Names, shift: Point): Pick<Doc, "links" | "reroutes" | "lastLinkId"> {
  const inputs = subgraph.nodes[INPUT_SIDE]?.outputs ?? [];
  const outputs = subgraph.nodes[OUTPUT_SIDE]?.inputs ?? [];
  const links: Record<number, DocLink> = Object.fromEntries(Object.entries(doc.links).filter(([, link]) => link.from !== instance.id && link.to !== instance.id));
  const reroutes: Record<number, Reroute> = { ...doc.reroutes };
  for (const bend of Object.values(subgraph.reroutes))
    reroutes[names.bend(bend.id)] = { ...bend, id: names.bend(bend.id), parent: bend.parent === null ? null : names.bend(bend.parent), position: moved(bend.position, shift) };
  let last = doc.lastLinkId;
  const add = (link: Omit<DocLink, "id">): void => {
    last += 1;
    links[last] = { ...link, id: last };
  };
  const tie = (bend: number | undefined, parent: number | null): void => {
    const first = bend === undefined ? undefined : reroutes[bend];
    if (first !== undefined) reroutes[first.id] = { ...first, parent };
  };
  const outer = (slot: number): DocLink | undefined => linkInto(doc, instance.id, inputs[slot]?.name ?? "");
  /** Where an inner wire really begins, and the last bend on the way to its own first. */
  const begin = (link: DocLink, depth = 0): { readonly from: NodeId; readonly slot: number; readonly reroute: number | null } | null => {
    const own = link.reroute === null ? null : names.bend(link.reroute);
    if (link.from !== INPUT_SIDE) return { from: names.node(link.from), slot: link.slot, reroute: own };
    const into = outer(link.slot);
    if (into === undefined || depth > inputs.length) return null;
    tie(chainOf(subgraph.reroutes, link.reroute).map(names.bend)[0], into.reroute);
    if (into.from !== instance.id) return { from: into.from, slot: into.slot, reroute: own ?? into.reroute };
    const around = linkInto({ ...doc, links: subgraph.links }, OUTPUT_SIDE, outputs[into.slot]?.name ?? "");
    return around === undefined ? null : begin(around, depth + 1);
  };
  for (const link of Object.values(subgraph.links)) {
    const start = link.to === OUTPUT_SIDE ? null : begin(link);
    if (start === null) continue;
    const look = link.from === INPUT_SIDE ? outer(link.slot) : undefined;
    add({ ...link, ...start, to: names.node(link.to), hidden: link.hidden || look?.hidden === true, label: link.label ?? look?.label ?? null });
  }
  outputs.forEach(({ name }, slot) => {
    const inner = Object.values(subgraph.links).find((link) => link.to === OUTPUT_SIDE && link.input === name);
    const start = inner === undefined ? null : begin(inner);
    for (const link of start === null ? [] : linksOutOf(doc, instance.id, slot)) {
      if (link.to === instance.id || start === null) continue;
      tie(chainOf(doc.reroutes, link.reroute)[0], start.reroute);
      links[link.id] = { ...link, from: start.from, slot: start.slot, reroute: link.reroute ?? start.reroute };
    }
  });
  return { links, reroutes, lastLinkId: last };
}
