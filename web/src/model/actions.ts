/** What can be done to a document: pure functions, one change each. */
import type { NodeDefs } from "@/formats/definitions";
import type { Json } from "@/formats/json";
import { newNode } from "@/formats/ui04";

import { outputsCalled } from "./definitions";
import { isSide, MODE, PLAIN_LINK, type Doc, type DocGroup, type DocLink, type DocNode, type Graph, type NodeId, type Point, type Size } from "./types";
import { canConnect, resolveBypass } from "./wires";

const without = <T>(record: Readonly<Record<string, T>>, keys: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.has(key)));

export function updateNode(doc: Doc, id: NodeId, change: Partial<DocNode>): Doc {
  const node = doc.nodes[id];
  return node === undefined ? doc : { ...doc, nodes: { ...doc.nodes, [id]: { ...node, ...change } } };
}

export function updateNodes(doc: Doc, ids: readonly NodeId[], change: (node: DocNode) => Partial<DocNode>): Doc {
  const nodes = { ...doc.nodes };
  for (const id of ids) {
    const node = nodes[id];
    if (node !== undefined) nodes[id] = { ...node, ...change(node) };
  }
  return { ...doc, nodes };
}

type NewNode = (node: DocNode) => DocNode;
const asMade: NewNode = (node) => node;
const hook: { change: NewNode } = { change: asMade };

/** What a new node begins with beyond what its type says. Returns the way back. */
export function onNewNode(change: NewNode): () => void {
  hook.change = change;
  return () => {
    if (hook.change === change) hook.change = asMade;
  };
}

export function addNode(doc: Doc, defs: NodeDefs, type: string, position: Point): { doc: Doc; id: NodeId } {
  const id = String(doc.lastNodeId + 1);
  const made = hook.change(canvasNode(newNode(id, type, defs[type], position)));
  const subgraph = doc.subgraphs[type];
  const node = subgraph === undefined ? made : { ...made, outputs: outputsCalled(subgraph, made.outputs) };
  return { doc: { ...doc, lastNodeId: doc.lastNodeId + 1, nodes: { ...doc.nodes, [id]: node } }, id };
}

/** Nodes that exist in the canvas alone have no definition to be made from. */
function canvasNode(node: DocNode): DocNode {
  const socket = { name: "", type: "*", label: null, raw: {} };
  if (node.type === "Reroute")
    return { ...node, inputs: [{ ...socket, isWidget: false, isOptional: false }], outputs: [{ ...socket, isList: false }], size: { width: 56, height: 28 } };
  if (node.type === "Note" || node.type === "MarkdownNote") return { ...node, values: { value: "" }, size: { width: 240, height: 140 } };
  return node;
}

export function setValue(doc: Doc, id: NodeId, key: string, value: Json): Doc {
  const node = doc.nodes[id];
  if (node === undefined || node.values[key] === value) return doc;
  return updateNode(doc, id, { values: { ...node.values, [key]: value } });
}

/** Positions while dragging; pinned nodes stay. */
export function moveNodes(doc: Doc, positions: Readonly<Record<NodeId, Point>>): Doc {
  return updateNodes(doc, Object.keys(positions), (node) => (node.pinned ? {} : { position: positions[node.id] ?? node.position }));
}

export function resizeNode(doc: Doc, id: NodeId, size: Size, position: Point): Doc {
  return updateNode(doc, id, { size, position });
}

export function moveGroup(doc: Doc, id: string, position: Point, members: Readonly<Record<NodeId, Point>>): Doc {
  const group = doc.groups[id];
  if (group === undefined) return doc;
  return { ...moveNodes(doc, members), groups: { ...doc.groups, [id]: { ...group, position } } };
}

export function updateGroup(doc: Doc, id: string, change: Partial<DocGroup>): Doc {
  const group = doc.groups[id];
  return group === undefined ? doc : { ...doc, groups: { ...doc.groups, [id]: { ...group, ...change } } };
}

const GROUP_MARGIN = 24;
const GROUP_TITLE = 36;

export function groupNodes(doc: Doc, boxes: readonly (Point & Size)[], title: string): Doc {
  if (boxes.length === 0) return doc;
  const x = Math.min(...boxes.map((box) => box.x)) - GROUP_MARGIN;
  const y = Math.min(...boxes.map((box) => box.y)) - GROUP_MARGIN - GROUP_TITLE;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + GROUP_MARGIN;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + GROUP_MARGIN;
  const numbers = Object.keys(doc.groups).map((key) => Number(key.slice(1)) || 0);
  const id = `g${Math.max(0, ...numbers) + 1}`;
  const group: DocGroup = { id, title, position: { x, y }, size: { width: right - x, height: bottom - y }, color: null, raw: {} };
  return { ...doc, groups: { ...doc.groups, [id]: group } };
}

export interface Wire {
  readonly from: NodeId;
  readonly slot: number;
  readonly to: NodeId;
  readonly input: string;
}

export function isLegal(doc: Doc, wire: Wire): boolean {
  if (wire.from === wire.to) return false;
  const output = doc.nodes[wire.from]?.outputs[wire.slot];
  const input = doc.nodes[wire.to]?.inputs.find((socket) => socket.name === wire.input);
  return output !== undefined && input !== undefined && canConnect(output.type, input.type) && !reaches(doc, wire.to, wire.from);
}

/** Whether the outputs of `start` lead to `goal`: a wire back would close a circle. */
function reaches(doc: Doc, start: NodeId, goal: NodeId): boolean {
  const next = new Map<NodeId, NodeId[]>();
  for (const link of Object.values(doc.links)) next.set(link.from, [...(next.get(link.from) ?? []), link.to]);
  const seen = new Set([start]);
  for (const id of seen) {
    if (id === goal) return true;
    for (const to of next.get(id) ?? []) seen.add(to);
  }
  return false;
}

const ASIDE = 24;

/** Where nothing begins yet: a node exactly on another one would hide it. */
export function freePlace(doc: Doc, at: Point): Point {
  const isTaken = Object.values(doc.nodes).some(({ position }) => Math.abs(position.x - at.x) < ASIDE / 2 && Math.abs(position.y - at.y) < ASIDE / 2);
  return isTaken ? freePlace(doc, { x: at.x + ASIDE, y: at.y + ASIDE }) : at;
}

/** One wire for each input: a new one takes the old one's place. */
export function connect(doc: Doc, wire: Wire): Doc {
  if (!isLegal(doc, wire)) return doc;
  const replaced = Object.values(doc.links).filter((link) => link.to === wire.to && link.input === wire.input);
  const id = doc.lastLinkId + 1;
  const type = doc.nodes[wire.from]?.outputs[wire.slot]?.type ?? "*";
  const link: DocLink = { id, ...wire, type, ...PLAIN_LINK };
  const kept = removeLinks(doc, replaced.map((old) => old.id));
  return { ...kept, lastLinkId: id, links: { ...kept.links, [id]: link } };
}

/** Joins a new node to the socket its wire was dropped from, at the first socket that fits. */
export function connectFitting(doc: Doc, end: { node: NodeId; slot: number } | { node: NodeId; input: string }, id: NodeId): Doc {
  const added = doc.nodes[id];
  if (added === undefined) return doc;
  if ("slot" in end) {
    const type = doc.nodes[end.node]?.outputs[end.slot]?.type ?? "*";
    const input = bestMatch(added.inputs, type);
    return input === undefined ? doc : connect(doc, { from: end.node, slot: end.slot, to: id, input: input.name });
  }
  const type = doc.nodes[end.node]?.inputs.find((socket) => socket.name === end.input)?.type ?? "*";
  const output = bestMatch(added.outputs, type);
  return output === undefined ? doc : connect(doc, { from: id, slot: added.outputs.indexOf(output), to: end.node, input: end.input });
}

function bestMatch<S extends { readonly type: string }>(sockets: readonly S[], type: string): S | undefined {
  return sockets.find((socket) => socket.type === type) ?? sockets.find((socket) => canConnect(socket.type, type));
}

export function removeLinks(doc: Doc, ids: readonly number[]): Doc {
  return ids.length === 0 ? doc : withoutLooseBends({ ...doc, links: without(doc.links, new Set(ids.map(String))) }, doc);
}

/** Bends go with the last wire that was led through them; those that hung loose before stay. */
export function withoutLooseBends<G extends Graph>(after: G, before: Graph): G {
  if (Object.keys(before.reroutes).length === 0) return after;
  const [was, is] = [bendsInUse(before), bendsInUse(after)];
  const gone = new Set([...was].filter((id) => !is.has(id)).map(String));
  return gone.size === 0 ? after : { ...after, reroutes: without(after.reroutes, gone) };
}

function bendsInUse({ links, reroutes }: Graph): ReadonlySet<number> {
  const used = new Set<number>();
  for (const link of Object.values(links)) for (let at = link.reroute; at !== null && !used.has(at); at = reroutes[at]?.parent ?? null) used.add(at);
  return used;
}

export function removeNodes(doc: Doc, ids: readonly NodeId[]): Doc {
  const gone = new Set(ids.filter((id) => !isSide(id)));
  if (gone.size === 0) return doc;
  const dangling = Object.values(doc.links).filter((link) => gone.has(link.from) || gone.has(link.to));
  return removeLinks({ ...doc, nodes: without(doc.nodes, gone) }, dangling.map((link) => link.id));
}

/** Removes nodes and joins what they stood between, where the types allow it. */
export function dissolveNodes(doc: Doc, ids: readonly NodeId[]): Doc {
  return ids.reduce(dissolve, doc);
}

function dissolve(doc: Doc, id: NodeId): Doc {
  const node = doc.nodes[id];
  if (node === undefined) return doc;
  const links = Object.values(doc.links);
  const joined = links
    .filter((link) => link.from === id)
    .flatMap((link) => {
      const wanted = doc.nodes[link.to]?.inputs.find((socket) => socket.name === link.input)?.type ?? "*";
      const types = [node.inputs.map((socket) => socket.type), node.outputs.map((socket) => socket.type)] as const;
      const input = node.inputs[resolveBypass(types[0], types[1], link.slot, wanted)];
      const source = links.find((candidate) => candidate.to === id && candidate.input === input?.name);
      return source === undefined ? [] : [{ from: source.from, slot: source.slot, to: link.to, input: link.input }];
    });
  return joined.reduce(connect, removeNodes(doc, [id]));
}

export function removeGroups(doc: Doc, ids: readonly string[]): Doc {
  return ids.length === 0 ? doc : { ...doc, groups: without(doc.groups, new Set(ids)) };
}

/** All on unless all are on already: one key both ways. */
export function toggleMode(doc: Doc, chosen: readonly NodeId[], mode: number): Doc {
  const ids = chosen.filter((id) => !isSide(id));
  const all = ids.every((id) => doc.nodes[id]?.mode === mode);
  return updateNodes(doc, ids, () => ({ mode: all ? MODE.always : mode }));
}

export function toggleFlag(doc: Doc, chosen: readonly NodeId[], flag: "collapsed" | "pinned"): Doc {
  const ids = chosen.filter((id) => !isSide(id));
  const all = ids.every((id) => doc.nodes[id]?.[flag] === true);
  return updateNodes(doc, ids, () => ({ [flag]: !all }));
}
