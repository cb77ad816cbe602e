/** Widgets and previews of inner nodes that instances show as their own. */
import type { NodeDefs } from "@/formats/definitions";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { widgetsIn, type Widget } from "@/formats/widgets";
import { list, text } from "@/formats/file";

import { connect, updateNode, type Wire } from "./actions";
import { withSubgraphs } from "./definitions";
import { linkInto, linksOutOf } from "./links";
import { asSetting, NO_MOVES, waysTo, type Moved, type Moves, type Setting } from "./moves";
import { graphsOf, pageOf, subgraphAt, withPage } from "./pages";
import { addPort, portsOf, releaseInput, widgetsFedBy } from "./ports";
import { reconciled } from "./reconcile";
import type { Follower } from "./tracks";
import { INPUT_SIDE, type Doc, type DocNode, type NodeId, type Path, type Subgraphs } from "./types";

export interface Widgets {
  readonly path: Path;
  readonly node: NodeId;
  readonly input: string;
}

export interface Promoted {
  readonly whole: Doc;
  /** Input of the outermost instance that shows the widget now. */
  readonly name: string;
  /** Through how many subgraphs. */
  readonly levels: number;
  readonly moves: Moves;
}

/**
 * Lets the instances around a page show one of its widgets, through up to `levels` subgraphs. An input that leads to
 * the widget already is used; `port` leads an input that is there to it as well. `defs` are the server's. Null when
 * a wire decides the widget.
 */
export function promote(whole: Doc, defs: NodeDefs, { path, node, input }: Widgets, levels = Infinity, port: string | null = null): Promoted | null {
  const page = pageOf(whole, path);
  const host = path[path.length - 1];
  if (host === undefined || levels < 1) return null;
  const known = linkInto(page, node, input);
  if (known !== undefined && known.from !== INPUT_SIDE) return null;
  const name = known === undefined ? null : portsOf(page, "input")[known.slot]?.name;
  const led = name === null || name === undefined ? ledTo(page, node, input, port) : { page, name };
  if (led === null) return null;
  const after = led.page === page ? whole : reconciled(withPage(whole, path, led.page), whole, defs);
  const outer = promote(after, defs, { path: path.slice(0, -1), node: host, input: led.name }, levels - 1);
  const settings = waysTo(whole, path).flatMap((way) => asSetting([...way, node], input, way, led.name));
  if (outer === null) return { whole: after, name: led.name, levels: 1, moves: { ...NO_MOVES, settings } };
  return { ...outer, levels: outer.levels + 1, moves: { ...NO_MOVES, settings: [...settings, ...outer.moves.settings] } };
}

function ledTo(page: Doc, node: NodeId, input: string, port: string | null): { readonly page: Doc; readonly name: string } | null {
  const socket = page.nodes[node]?.inputs.find((candidate) => candidate.name === input);
  if (socket === undefined) return null;
  const slot = port === null ? -1 : portsOf(page, "input").findIndex((candidate) => candidate.name === port);
  const added = slot >= 0 ? { graph: page, name: port ?? "", slot } : addPort(page, "input", socket.label ?? socket.name, socket.type);
  if (added === null) return null;
  const wired = connect(added.graph, { from: INPUT_SIDE, slot: added.slot, to: node, input });
  return wired === added.graph ? null : { page: wired, name: added.name };
}

/** A page with a wire laid by hand: where that shows a widget outside, what is said of the widget goes along. */
export function ledOutside(before: Doc, after: Doc, { to, input }: Pick<Wire, "to" | "input">): Doc | Moved {
  const link = linkInto(after, to, input);
  const name = link?.from === INPUT_SIDE ? portsOf(after, "input")[link.slot]?.name : undefined;
  const isWidget = after.nodes[to]?.inputs.some((socket) => socket.name === input && socket.isWidget) === true;
  if (name === undefined || !isWidget || linkInto(before, to, input) !== undefined) return after;
  return { doc: after, moves: { ...NO_MOVES, settings: asSetting([to], input, [], name) } };
}

export interface Released {
  readonly whole: Doc;
  /** Other instances that held a value that is gone now. */
  readonly others: number;
  readonly moves: Moves;
}

/** The instance shows the widget no more: the widget takes this instance's value for all of them. */
export function unpromote(whole: Doc, defs: NodeDefs, path: Path, name: string): Released | null {
  const id = subgraphAt(whole, path);
  const host = pageOf(whole, path.slice(0, -1)).nodes[path[path.length - 1] ?? ""];
  const slot = typeof id === "string" ? portsOf(whole.subgraphs[id], "input").findIndex((port) => port.name === name) : -1;
  if (typeof id !== "string" || host === undefined || slot < 0) return null;
  const others = graphsOf(whole).flatMap(([, graph]) => Object.values(graph.nodes).filter((node) => node.type === id && node.values[name] !== undefined && node.values[name] !== host.values[name]));
  return { whole: releaseInput(whole, defs, id, slot, host), others: others.length, moves: inward(whole, defs, path, slot) };
}

/** What instances held for the widgets that an input leads to, as the widgets hold it once the input is gone. */
export function inward(whole: Doc, defs: NodeDefs, path: Path, slot: number): Moves {
  const subgraph = whole.subgraphs[subgraphAt(whole, path) ?? ""];
  const port = portsOf(subgraph, "input")[slot];
  if (subgraph === undefined || port === undefined) return NO_MOVES;
  const fed = widgetsFedBy(subgraph, slot, withSubgraphs(defs, whole.subgraphs));
  const settings = waysTo(whole, path).flatMap((way): readonly Setting[] => fed.flatMap(({ node, input }) => asSetting(way, port.name, [...way, node], input)));
  return { ...NO_MOVES, settings };
}

/** Whether an input of an instance's subgraph shows a widget of the inner node. */
export const isPromoted = (page: Doc, node: NodeId, input: string): boolean => linkInto(page, node, input)?.from === INPUT_SIDE;

/** Widgets of a node that could be shown outside: those that no wire decides. */
export function promotable(page: Doc, serverDefs: NodeDefs, id: NodeId): readonly Widget[] {
  const node = page.nodes[id];
  const def = node === undefined ? undefined : withSubgraphs(serverDefs, page.subgraphs)[node.type];
  if (node === undefined || def === undefined) return [];
  const sockets = new Set(node.inputs.map((socket) => socket.name));
  return widgetsIn(def, node).filter((widget) => {
    const link = linkInto(page, id, widget.name);
    return widget.inPrompt && sockets.has(widget.name) && (link === undefined || link.from === INPUT_SIDE);
  });
}

/** The pictures of nodes that have no preview of their own; the name that files give it. */
const PREVIEW = "$$canvas-image-preview";

const propertiesOf = (node: DocNode | undefined): JsonObject => (isObject(node?.raw["properties"]) ? node.raw["properties"] : {});

const sourceOf = (entry: Json): string => (Array.isArray(entry) ? text(entry[0]) : isObject(entry) ? text(entry["sourceNodeId"]) : "");

/** Inner nodes whose pictures the instance shows. */
export function previewsOf(node: DocNode | undefined): readonly NodeId[] {
  return [...new Set(list(propertiesOf(node)["previewExposures"]).map(sourceOf).filter((id) => id !== ""))];
}

export function exposePreview(page: Doc, instance: NodeId, source: NodeId, isShown: boolean): Doc {
  const node = page.nodes[instance];
  if (node === undefined || previewsOf(node).includes(source) === isShown) return page;
  const { previewExposures: before, ...properties } = propertiesOf(node);
  const others = list(before).filter((entry) => sourceOf(entry) !== source);
  const entries: readonly Json[] = isShown ? [...others, { name: PREVIEW, sourceNodeId: source, sourcePreviewName: PREVIEW }] : others;
  return updateNode(page, instance, { raw: { ...node.raw, properties: entries.length === 0 ? properties : { ...properties, previewExposures: [...entries] } } });
}

/** What an instance shows, as execution ids seen from its page; instances inside show what they themselves expose. */
export function exposedIn(subgraphs: Subgraphs, node: DocNode | undefined, depth = 0): readonly string[] {
  const inner = node === undefined ? undefined : subgraphs[node.type];
  if (node === undefined || inner === undefined || depth > Object.keys(subgraphs).length) return [];
  return previewsOf(node).flatMap((id) => {
    const source = inner.nodes[id];
    if (source === undefined) return [];
    const nested = exposedIn(subgraphs, source, depth + 1);
    return (nested.length > 0 ? nested : [id]).map((step) => `${node.id}:${step}`);
  });
}

/** Pictures that were shown outside still are, when their nodes go into a subgraph or come out of one. */
export const previewsFollow: Follower = (whole, { before, moves }) =>
  moves.nodes.reduce((doc, { from, to }) => {
    const [was, is] = [from.slice(0, -1), to.slice(0, -1)];
    const source = from[from.length - 1] ?? "";
    if (was.length === is.length || !showsAt(before, was, source)) return doc;
    return is.length > was.length ? wentIn(doc, is, source) : cameOut(doc, before, was, to[to.length - 1] ?? "");
  }, whole);

const showsAt = (whole: Doc, path: Path, source: NodeId): boolean => path.length > 0 && previewsOf(pageOf(whole, path.slice(0, -1)).nodes[path[path.length - 1] ?? ""]).includes(source);

/** `path` leads to where the node is now. */
function wentIn(whole: Doc, path: Path, source: NodeId): Doc {
  const outer = path.slice(0, -1);
  const instance = path[path.length - 1] ?? "";
  return shownInstead(exposeThrough(whole, path, source, true, 1), outer, source, instance);
}

/** `was` led to where the node was; one step further out it is `source` now. */
function cameOut(whole: Doc, before: Doc, was: Path, source: NodeId): Doc {
  const [outer, instance] = [was.slice(0, -1), was[was.length - 1] ?? ""];
  return showsAt(before, outer, instance) ? shownInstead(whole, outer, instance, source) : whole;
}

const shownInstead = (whole: Doc, path: Path, old: NodeId, source: NodeId): Doc => exposeThrough(exposeThrough(whole, path, source, true, 1), path, old, false, 1);

/** Lets every instance on the way out show an inner node's pictures. */
export function exposeThrough(whole: Doc, path: Path, source: NodeId, isShown: boolean, levels = Infinity): Doc {
  const host = path[path.length - 1];
  if (host === undefined || levels < 1) return whole;
  const outer = path.slice(0, -1);
  const page = pageOf(whole, outer);
  const after = exposePreview(page, host, source, isShown);
  return exposeThrough(after === page ? whole : withPage(whole, outer, after), outer, host, isShown, levels - 1);
}

/** Inputs of an instance's subgraph that lead to a widget, in their order. */
export const promotedInputs = (whole: Doc, id: string): readonly string[] =>
  portsOf(whole.subgraphs[id], "input").flatMap((port, slot) => {
    const subgraph = whole.subgraphs[id];
    const isWidget = subgraph !== undefined && linksOutOf({ ...subgraph, subgraphs: {} }, INPUT_SIDE, slot).some((link) => subgraph.nodes[link.to]?.inputs.some((socket) => socket.name === link.input && socket.isWidget));
    return isWidget ? [port.name] : [];
  });
