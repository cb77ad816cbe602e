/** Makes a subgraph of a selection: its nodes move to a page of their own, an instance takes their place. */
import type { NodeDefs } from "@/formats/definitions";
import { newNode, side } from "@/formats/reading";

import { withoutLooseBends } from "./actions";
import { chainOf, cutOut, sharedChain } from "./bends";
import { subgraphDef, withSubgraphs } from "./definitions";
import { estimatedSize } from "./geometry";
import { linkInto } from "./links";
import { asSetting, NO_MOVES, type Moved } from "./moves";
import { uniqueName } from "./ports";
import { exposedIn, exposePreview, promotable } from "./promote";
import { INPUT_SIDE, isSide, OUTPUT_SIDE, PLAIN_LINK, type Doc, type DocGroup, type DocLink, type DocNode, type Graph, type InputSocket, type NodeId, type OutputSocket, type Point, type Reroute, type Size, type Subgraph } from "./types";
import { freshUuid } from "./uuid";

/** Between the nodes of a new page and its edges. */
const EDGE_GAP = 80;
const EDGE_WIDTH = 140;

export interface Chosen {
  readonly nodes: readonly NodeId[];
  readonly groups: readonly string[];
}

export interface Wrapped extends Moved {
  readonly instance: NodeId;
  /** Nodes that had to come along, because they stand between chosen ones. */
  readonly between: readonly NodeId[];
}

type Box = Point & Size;

/** `defs` are the server's. Null when nothing is chosen that could move. */
export function wrap(doc: Doc, serverDefs: NodeDefs, chosen: Chosen, name: string, id: string = freshUuid()): Wrapped | null {
  const defs = withSubgraphs(serverDefs, doc.subgraphs);
  const { inside, between } = gathered(doc, defs, chosen);
  if (inside.size === 0) return null;
  const groups = Object.values(doc.groups).filter((group) => chosen.groups.includes(group.id) || isFilled(doc, defs, group, inside));
  const box = around([...[...inside].flatMap((node) => boxOf(doc, defs, node)), ...groups.map((group) => ({ ...group.position, ...group.size }))]);
  const parts = cut(doc, inside, box);
  const hosts = hostsAmong(doc, inside);
  const shown = shownBy(doc, serverDefs, hosts, parts);
  const subgraph = pageFor(doc, { id, name, inside, groups, box, parts, shown });
  const instance = String(doc.lastNodeId + 1);
  const def = subgraphDef(subgraph, defs);
  const added = newNode(instance, id, def, { x: 0, y: 0 }, {}, () => true);
  const position = { x: Math.round(box.x + (box.width - added.size.width) / 2), y: Math.round(box.y + (box.height - added.size.height) / 2) };
  const within = (ids: Iterable<string>): Moved["moves"]["nodes"] => [...ids].map((inner) => ({ from: [inner], to: [instance, inner] }));
  const settings = shown.flatMap(({ host, socket, name: as }) => asSetting([host.id], socket.name, [instance], as));
  const moves = { ...NO_MOVES, nodes: within(inside), groups: within(groups.map((group) => group.id)), settings };
  const page = outside(doc, { ...added, position }, subgraph, groups, parts);
  const pictured = hosts.filter((host) => exposedIn(doc.subgraphs, host).length > 0);
  return { doc: pictured.reduce((after, host) => exposePreview(after, instance, host.id, true), page), moves, instance, between };
}

function boxOf(doc: Doc, defs: NodeDefs, id: NodeId): Box[] {
  const node = doc.nodes[id];
  return node === undefined ? [] : [{ ...node.position, ...estimatedSize(node, defs[node.type]) }];
}

export function around(boxes: readonly Box[]): Box {
  const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  return { x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

const holds = (box: Box, { x, y }: Point): boolean => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;

/** A node belongs to a group when its middle lies inside. */
function membersOf(doc: Doc, defs: NodeDefs, group: DocGroup): NodeId[] {
  const frame = { ...group.position, ...group.size };
  return Object.keys(doc.nodes).filter((id) => !isSide(id) && boxOf(doc, defs, id).some((box) => holds(frame, { x: box.x + box.width / 2, y: box.y + box.height / 2 })));
}

function isFilled(doc: Doc, defs: NodeDefs, group: DocGroup, inside: ReadonlySet<NodeId>): boolean {
  const members = membersOf(doc, defs, group);
  return members.length > 0 && members.every((id) => inside.has(id));
}

function gathered(doc: Doc, defs: NodeDefs, { nodes, groups }: Chosen): { readonly inside: ReadonlySet<NodeId>; readonly between: readonly NodeId[] } {
  const named = new Set(nodes.filter((id) => !isSide(id) && doc.nodes[id] !== undefined));
  for (const id of groups) for (const member of doc.groups[id] === undefined ? [] : membersOf(doc, defs, doc.groups[id])) named.add(member);
  const between = nodesBetween(doc, named);
  const inside = new Set([...named, ...between].filter((id) => !isHeard(doc, id, named)));
  return { inside, between };
}

/** Nodes on a way out of the chosen ones and back in: left outside, they would close a circle. */
function nodesBetween(doc: Doc, chosen: ReadonlySet<NodeId>): readonly NodeId[] {
  const after = reached(chosen, Object.values(doc.links).map(({ from, to }) => [from, to]));
  const before = reached(chosen, Object.values(doc.links).map(({ from, to }) => [to, from]));
  return [...after].filter((id) => before.has(id) && !chosen.has(id) && !isSide(id));
}

function reached(start: ReadonlySet<NodeId>, steps: readonly (readonly [NodeId, NodeId])[]): ReadonlySet<NodeId> {
  const next = new Map<NodeId, NodeId[]>();
  for (const [from, to] of steps) next.set(from, [...(next.get(from) ?? []), to]);
  const found = new Set<NodeId>();
  const open = [...start];
  for (const id of open)
    for (const to of next.get(id) ?? [])
      if (!found.has(to)) {
        found.add(to);
        open.push(to);
      }
  return found;
}

/** A Set whose name is asked for outside stays outside: from in there nobody out here would hear it. */
function isHeard(doc: Doc, id: NodeId, inside: ReadonlySet<NodeId>): boolean {
  const node = doc.nodes[id];
  const name = node?.type === "SetNode" ? nameHeld(node) : undefined;
  return name !== undefined && Object.values(doc.nodes).some((other) => other.type === "GetNode" && !inside.has(other.id) && nameHeld(other) === name);
}

const nameHeld = ({ raw }: DocNode): unknown => (Array.isArray(raw["widgets_values"]) ? raw["widgets_values"][0] : undefined);

/** Wires of one output that lead in or out. */
interface Crossing {
  readonly links: readonly [DocLink, ...DocLink[]];
  readonly name: string;
  readonly type: string;
  /** Bends before the edge of the page. */
  readonly bends: readonly number[];
}

interface Parts {
  readonly within: readonly DocLink[];
  readonly inputs: readonly Crossing[];
  readonly outputs: readonly Crossing[];
}

function cut(doc: Doc, inside: ReadonlySet<NodeId>, box: Box): Parts {
  const within: DocLink[] = [];
  const [inward, outward] = [new Map<string, [DocLink, ...DocLink[]]>(), new Map<string, [DocLink, ...DocLink[]]>()];
  for (const link of Object.values(doc.links)) {
    const [starts, ends] = [inside.has(link.from), inside.has(link.to)];
    if (starts && ends) within.push(link);
    else if (starts || ends) {
      const way = starts ? outward : inward;
      const same = way.get(`${link.from}|${link.slot}`);
      if (same === undefined) way.set(`${link.from}|${link.slot}`, [link]);
      else same.push(link);
    }
  }
  const isIn = ({ position }: Reroute): boolean => holds(box, position);
  const ordered = [...inward.values()].map((links) => [...links].sort((a, b) => byPlace(doc, a, b)) as [DocLink, ...DocLink[]]).sort(([a], [b]) => byPlace(doc, a, b));
  return {
    within,
    inputs: crossings(doc, ordered, (link) => inputName(doc, link), (bend) => !isIn(bend)),
    outputs: crossings(doc, [...outward.values()].sort(([a], [b]) => bySource(doc, a, b)), (link) => outputName(doc, link), isIn),
  };
}

/** As one reads the inner nodes: from left to right, from top to bottom, socket by socket. */
function byPlace(doc: Doc, a: DocLink, b: DocLink): number {
  const [one, other] = [doc.nodes[a.to], doc.nodes[b.to]];
  if (one === undefined || other === undefined) return 0;
  const rank = (node: DocNode, link: DocLink): number => node.inputs.findIndex((socket) => socket.name === link.input);
  return one === other ? rank(one, a) - rank(other, b) : one.position.x - other.position.x || one.position.y - other.position.y;
}

function bySource(doc: Doc, a: DocLink, b: DocLink): number {
  const [one, other] = [doc.nodes[a.from], doc.nodes[b.from]];
  if (one === undefined || other === undefined) return 0;
  return one === other ? a.slot - b.slot : one.position.x - other.position.x || one.position.y - other.position.y;
}

function crossings(doc: Doc, all: readonly (readonly [DocLink, ...DocLink[]])[], nameOf: (link: DocLink) => string, isBefore: (bend: Reroute) => boolean): readonly Crossing[] {
  const taken = new Set<string>();
  return all.map((links) => {
    const name = uniqueName(nameOf(links[0]), taken);
    taken.add(name);
    return { links, name, type: wireType(doc, links), bends: sharedChain(doc.reroutes, links, isBefore) };
  });
}

const isAny = (type: string | undefined): boolean => type === undefined || type === "" || type === "*";

/** What the source gives, or where that is anything, what the first target takes. */
function wireType(doc: Doc, links: readonly [DocLink, ...DocLink[]]): string {
  const types = [doc.nodes[links[0].from]?.outputs[links[0].slot]?.type, ...links.map((link) => socketOf(doc, link)?.type), ...links.map((link) => link.type)];
  return types.find((type) => !isAny(type)) ?? "*";
}

const socketOf = (doc: Doc, link: DocLink): InputSocket | undefined => doc.nodes[link.to]?.inputs.find((socket) => socket.name === link.input);

/** A reroute has no name of its own: that of the socket it leads to counts. */
function inputName(doc: Doc, link: DocLink): string {
  const seen = new Set<NodeId>();
  let at = link;
  while (doc.nodes[at.to]?.type === "Reroute" && !seen.has(at.to)) {
    seen.add(at.to);
    const next = Object.values(doc.links).find((candidate) => candidate.from === at.to);
    if (next === undefined) break;
    at = next;
  }
  return at.input === "" ? link.type.toLowerCase() : at.input;
}

function outputName(doc: Doc, link: DocLink): string {
  const socket = doc.nodes[link.from]?.outputs[link.slot];
  return socket?.label ?? (socket === undefined || socket.name === "" ? inputName(doc, link) : socket.name);
}

/** A widget that an instance shows, and the input by which the one around it does. */
interface Shown {
  readonly host: DocNode;
  readonly socket: InputSocket;
  readonly name: string;
}

/** Instances as one reads them. */
const hostsAmong = (doc: Doc, inside: ReadonlySet<NodeId>): readonly DocNode[] =>
  [...inside].flatMap((id) => doc.nodes[id] ?? []).filter((node) => doc.subgraphs[node.type] !== undefined).sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);

/** Those that no wire decides; widgets of plain nodes stay inside. */
function shownBy(doc: Doc, serverDefs: NodeDefs, hosts: readonly DocNode[], { inputs }: Parts): readonly Shown[] {
  const taken = new Set(inputs.map(({ name }) => name));
  return hosts.flatMap((host) =>
    promotable(doc, serverDefs, host.id).flatMap(({ name: input }): Shown[] => {
      const socket = host.inputs.find((candidate) => candidate.name === input);
      if (socket === undefined || linkInto(doc, host.id, input) !== undefined) return [];
      const name = uniqueName(input, taken);
      taken.add(name);
      return [{ host, socket, name }];
    }),
  );
}

interface Page {
  readonly id: string;
  readonly name: string;
  readonly inside: ReadonlySet<NodeId>;
  readonly groups: readonly DocGroup[];
  readonly box: Box;
  readonly parts: Parts;
  readonly shown: readonly Shown[];
}

const rest = (doc: Graph, link: DocLink, bends: readonly number[]): readonly number[] => chainOf(doc.reroutes, link.reroute).filter((id) => !bends.includes(id));

function pageFor(doc: Doc, { id, name, inside, groups, box, parts, shown }: Page): Subgraph {
  const { within, inputs, outputs } = parts;
  let lastLinkId = doc.lastLinkId;
  const entering = inputs.flatMap(({ links, bends, type }, slot) =>
    links.map((link): DocLink => ({ ...PLAIN_LINK, id: (lastLinkId += 1), from: INPUT_SIDE, slot, to: link.to, input: link.input, type, reroute: rest(doc, link, bends).at(-1) ?? null })),
  );
  const leaving = outputs.map(({ links: [link], bends, name: input, type }): DocLink => ({ ...PLAIN_LINK, id: (lastLinkId += 1), from: link.from, slot: link.slot, to: OUTPUT_SIDE, input, type, reroute: bends.at(-1) ?? null }));
  const led = shown.map(({ host, socket }, i): DocLink => ({ ...PLAIN_LINK, id: (lastLinkId += 1), from: INPUT_SIDE, slot: inputs.length + i, to: host.id, input: socket.name, type: socket.type }));
  const links = [...within, ...entering, ...leaving, ...led];
  const chains = [...within.map((link) => chainOf(doc.reroutes, link.reroute)), ...inputs.flatMap((crossing) => crossing.links.map((link) => rest(doc, link, crossing.bends))), ...outputs.map((crossing) => crossing.bends)];
  const nodes = Object.fromEntries([...inside].flatMap((node) => (doc.nodes[node] === undefined ? [] : [[node, doc.nodes[node]] as const])));
  const called = [...inputs.map((crossing) => ({ ...crossing, label: null })), ...shown.map(({ name: port, socket: { type, label } }) => ({ name: port, type, label }))];
  const ports = called.map(({ name: port, type, label }): OutputSocket => ({ name: port, type, label, isList: false, raw: {} }));
  const exits = outputs.map(({ name: port, type }): InputSocket => ({ name: port, type, label: null, isWidget: false, isOptional: false, raw: {} }));
  return {
    ...{ id, name, raw: {}, lastLinkId },
    nodes: {
      ...nodes,
      [INPUT_SIDE]: side(INPUT_SIDE, undefined, { x: box.x - EDGE_GAP - EDGE_WIDTH, y: box.y }, { inputs: [], outputs: ports }),
      [OUTPUT_SIDE]: side(OUTPUT_SIDE, undefined, { x: box.x + box.width + EDGE_GAP, y: box.y }, { inputs: exits, outputs: [] }),
    },
    links: Object.fromEntries(links.map((link) => [link.id, link])),
    reroutes: cutOut(doc.reroutes, chains),
    groups: Object.fromEntries(groups.map((group) => [group.id, group])),
    lastNodeId: Math.max(0, ...[...inside].map(Number).filter(Number.isFinite)),
  };
}

/** The page that is left, with the instance in place of the nodes. */
function outside(doc: Doc, instance: DocNode, subgraph: Subgraph, groups: readonly DocGroup[], { within, inputs, outputs }: Parts): Doc {
  const links: Record<number, DocLink> = { ...doc.links };
  for (const link of [...within, ...inputs.flatMap((crossing) => crossing.links)]) Reflect.deleteProperty(links, link.id);
  for (const { links: [first], name, bends, type } of inputs) links[first.id] = { ...first, to: instance.id, input: name, type, reroute: bends.at(-1) ?? null };
  const reroutes: Record<number, Reroute> = { ...doc.reroutes };
  outputs.forEach(({ links: out, bends }, slot) => {
    for (const link of out) {
      const left = rest(doc, link, bends);
      links[link.id] = { ...link, from: instance.id, slot, reroute: left.at(-1) ?? null };
      const first = reroutes[left[0] ?? Number.NaN];
      if (first !== undefined) reroutes[first.id] = { ...first, parent: null };
    }
  });
  const gone = new Set(groups.map((group) => group.id));
  const page: Doc = {
    ...doc,
    nodes: { ...Object.fromEntries(Object.entries(doc.nodes).filter(([id]) => isSide(id) || subgraph.nodes[id] === undefined)), [instance.id]: instance },
    links,
    reroutes,
    groups: Object.fromEntries(Object.entries(doc.groups).filter(([id]) => !gone.has(id))),
    lastNodeId: doc.lastNodeId + 1,
    lastLinkId: subgraph.lastLinkId,
    subgraphs: { ...doc.subgraphs, [subgraph.id]: subgraph },
  };
  return withoutLooseBends(page, doc);
}
