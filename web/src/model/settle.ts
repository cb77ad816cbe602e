/** What a change brings with it where a node's inputs depend on its values and wires: sockets and defaults come, wires go. */
import type { NodeDef, NodeDefs } from "@/formats/definitions";
import type { FileInput } from "@/formats/file";
import { bringing, hasGroups, partsOf, type IsLinked } from "@/formats/parts";
import { inputSockets } from "@/formats/sockets";
import { defaultValue, takes, widgetsIn, widgetsOf, type Values } from "@/formats/widgets";

import { linkInto } from "./links";
import type { Doc, DocLink, DocNode, InputSocket } from "./types";

/** Choices that bring choices. */
const DEPTH = 10;

export function settled(after: Doc, before: Doc, defs: NodeDefs): Doc {
  const changed: Settled[] = [];
  for (const node of touched(after, before)) {
    const def = defs[node.type];
    if (def === undefined || !node.known || !hasGroups(def)) continue;
    const found = settle(node, def, after, before);
    if (found.node !== node || found.gone.size > 0) changed.push(found);
  }
  if (changed.length === 0) return after;
  const nodes = { ...after.nodes, ...Object.fromEntries(changed.map(({ node }) => [node.id, node])) };
  return { ...after, nodes, links: withoutGone(after.links, changed) };
}

/** Nodes with other values or wires than before. */
function touched(after: Doc, before: Doc): readonly DocNode[] {
  const found = new Set<DocNode>();
  const add = (node: DocNode | undefined): void => {
    if (node !== undefined) found.add(node);
  };
  if (after.nodes !== before.nodes) for (const id in after.nodes) if (after.nodes[id]?.values !== before.nodes[id]?.values) add(after.nodes[id]);
  if (after.links !== before.links) {
    for (const link of Object.values(after.links)) if (before.links[link.id] !== link) add(after.nodes[link.to]);
    for (const link of Object.values(before.links)) if (after.links[link.id] !== link) add(after.nodes[link.to]);
  }
  return [...found];
}

interface Settled {
  readonly node: DocNode;
  /** Names of inputs that the change took away. */
  readonly gone: ReadonlySet<string>;
}

function settle(node: DocNode, def: NodeDef, after: Doc, before: Doc): Settled {
  const old = before.nodes[node.id];
  const isLinked: IsLinked = (name) => linkInto(after, node.id, name) !== undefined;
  const values = withDefaults(def, old ?? node, node.values, isLinked);
  const kept = new Set(partsOf(def, values, isLinked).map((part) => part.name));
  // A node that comes from elsewhere says itself what was linked there.
  const had = partsOf(def, (old ?? node).values, old === undefined ? bringing(node.inputs) : (name) => linkInto(before, node.id, name) !== undefined);
  const gone = new Set(had.map((part) => part.name).filter((name) => !kept.has(name)));
  const inputs = socketsOf(node, def, values, (name) => !gone.has(name) && isLinked(name));
  return { node: values === node.values && inputs === node.inputs ? node : { ...node, values, inputs }, gone };
}

/** Values of parts that were there before are found again, as long as the new ones would take them. */
function withDefaults(def: NodeDef, before: DocNode, after: Values, isLinked: IsLinked): Values {
  const had = new Set(widgetsIn(def, before));
  let values = after;
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const now = values;
    const unfit = widgetsOf(def, now, isLinked).filter((widget) => !had.has(widget) && !takes(widget, now[widget.key]));
    if (unfit.length === 0) break;
    values = { ...now, ...Object.fromEntries(unfit.map((widget) => [widget.key, defaultValue(widget)])) };
  }
  return values;
}

/** The sockets as they should be; those that stay are the same objects, and so is their list when all do. */
function socketsOf(node: DocNode, def: NodeDef, values: Values, isLinked: IsLinked): readonly InputSocket[] {
  const before = new Map(node.inputs.map((socket) => [socket.name, socket]));
  const sockets = inputSockets(def, node.inputs.map(asFile), values, isLinked).map((socket) => {
    const known = before.get(socket.name);
    return known !== undefined && isSame(known, socket) ? known : socket;
  });
  return sockets.length === node.inputs.length && sockets.every((socket, i) => socket === node.inputs[i]) ? node.inputs : sockets;
}

const asFile = ({ name, type, label, isWidget, raw }: InputSocket): FileInput => ({ name, type, label, raw, link: null, widget: isWidget ? name : null });

const isSame = (a: InputSocket, b: InputSocket): boolean => a.type === b.type && a.isWidget === b.isWidget && a.isOptional === b.isOptional && a.bringsParts === b.bringsParts && a.label === b.label;

function withoutGone(links: Doc["links"], changed: readonly Settled[]): Doc["links"] {
  const gone = new Map(changed.filter((found) => found.gone.size > 0).map(({ node, gone: names }) => [node.id, names]));
  const isGone = (link: DocLink): boolean => gone.get(link.to)?.has(link.input) === true;
  if (!Object.values(links).some(isGone)) return links;
  return Object.fromEntries(Object.entries(links).filter(([, link]) => !isGone(link)));
}
