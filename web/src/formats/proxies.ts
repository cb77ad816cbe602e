/**
 * Older files list the inner widgets that an instance shows as pairs of inner id and widget in its `proxyWidgets`. They
 * become inputs of the subgraph, as newer files have them, so that each instance holds values of its own.
 */
import type { NodeDefs } from "./definitions";
import { list, readCanvas, text, type CanvasFile, type FileNode, type SubgraphDef } from "./file";
import { isObject, type Json, type JsonObject } from "./json";
import { linkedIn, partsOf } from "./parts";
import { hostValues } from "./promoted";
import { valuesIn, widgetFor } from "./widgets";

/** Widgets that are no values: previews of pictures. */
const PSEUDO = "$$";
const OWN = "-1";
const PORT_ID = "00000000-0000-4000-8000-";

interface Port {
  readonly name: string;
  readonly type: string;
  readonly node: string;
  readonly widget: string;
}

interface Work {
  readonly file: CanvasFile;
  readonly defs: NodeDefs;
  /** What stands in the file -> what was read of it. */
  readonly nodes: ReadonlyMap<JsonObject, FileNode>;
  /** New inputs by subgraph. */
  readonly ports: Map<string, Port[]>;
  /** Which input shows which inner widget: `subgraph|node|widget`. */
  readonly shown: Map<string, string>;
}

const propertiesOf = (raw: JsonObject): JsonObject => (isObject(raw["properties"]) ? raw["properties"] : {});
const without = (source: JsonObject, keys: readonly string[]): JsonObject => Object.fromEntries(Object.entries(source).filter(([key]) => !keys.includes(key)));
const pairsOf = (raw: JsonObject): readonly Json[] => list(propertiesOf(raw)["proxyWidgets"]);
const isPair = (entry: Json): entry is Json[] => Array.isArray(entry) && entry.length >= 2;

/** The file with linked inputs in place of pairs; one without pairs comes back as it is. */
export function withoutProxies(source: Json, defs: NodeDefs): Json {
  if (!isObject(source)) return source;
  const given = readCanvas(source);
  const graphs = [given, ...given.subgraphs.values()];
  if (graphs.every((graph) => graph.nodes.every((node) => pairsOf(node.raw).length === 0))) return source;
  const work: Work = { file: given, defs, nodes: new Map(graphs.flatMap((graph) => graph.nodes.map((node) => [node.raw, node]))), ports: new Map(), shown: new Map() };
  // What an instance shows of an inner instance has to be an input there first.
  for (const def of innermostFirst(given))
    for (const graph of graphs) for (const node of graph.nodes) if (node.type === def.id) for (const pair of pairsOf(node.raw)) showPair(work, def, pair);
  const definitions = isObject(source["definitions"]) ? source["definitions"] : {};
  return {
    ...source,
    nodes: list(source["nodes"]).map((raw) => instance(work, raw)),
    definitions: { ...definitions, subgraphs: allDefinitions(definitions).map((raw) => definition(work, raw)) },
  };
}

/** Definitions may be nested in the file as well as in meaning. */
const allDefinitions = (definitions: JsonObject): readonly JsonObject[] =>
  list(definitions["subgraphs"]).filter(isObject).flatMap((raw) => {
    const nested = raw["definitions"];
    return isObject(nested) ? [without(raw, ["definitions"]), ...allDefinitions(nested)] : [raw];
  });

function innermostFirst(file: CanvasFile): readonly SubgraphDef[] {
  const done = new Set<SubgraphDef>();
  const visit = (def: SubgraphDef, outer: readonly SubgraphDef[]): void => {
    if (done.has(def) || outer.includes(def)) return;
    for (const node of def.nodes) {
      const inner = file.subgraphs.get(node.type);
      if (inner !== undefined) visit(inner, [...outer, def]);
    }
    done.add(def);
  };
  for (const def of file.subgraphs.values()) visit(def, []);
  return [...done];
}

function showPair(work: Work, def: SubgraphDef, pair: Json): void {
  if (!isPair(pair) || text(pair[0]) === OWN || text(pair[1]).startsWith(PSEUDO)) return;
  const [id, named] = [text(pair[0]), text(pair[1])];
  const key = `${def.id}|${id}|${named}`;
  const node = def.nodes.find((candidate) => candidate.id === id);
  if (node === undefined || work.shown.has(key)) return;
  const widget = widgetOf(work, node, named);
  if (widget === null) return;
  const known = node.inputs.find((input) => input.name === widget.name)?.link ?? null;
  const link = known === null ? undefined : def.links.get(known);
  if (link !== undefined) {
    const input = link.origin === "-10" ? def.inputs[link.originSlot] : undefined;
    if (input !== undefined) work.shown.set(key, input.name);
    return;
  }
  const ports = work.ports.get(def.id) ?? [];
  work.ports.set(def.id, ports);
  const same = ports.find((port) => port.node === id && port.widget === widget.name);
  const port = same ?? { name: freeName(widget.name, [...def.inputs, ...ports]), type: widget.type, node: id, widget: widget.name };
  if (same === undefined) ports.push(port);
  work.shown.set(key, port.name);
}

function freeName(wanted: string, taken: readonly { readonly name: string }[]): string {
  const isTaken = (name: string): boolean => taken.some((item) => item.name === name);
  if (!isTaken(wanted)) return wanted;
  for (let i = 1; ; i += 1) if (!isTaken(`${wanted}_${i}`)) return `${wanted}_${i}`;
}

interface Found {
  readonly name: string;
  readonly type: string;
}

/** The input of an inner node that stands at a widget; widgets of inner instances may be named with the id they come from. */
function widgetOf({ file, defs, ports, shown }: Work, node: FileNode, named: string): Found | null {
  const inner = file.subgraphs.get(node.type);
  if (inner !== undefined) {
    const [, from, widget] = /^([^:]+): (.+)$/.exec(named) ?? [];
    const inputs: readonly Found[] = [...inner.inputs, ...(ports.get(inner.id) ?? [])];
    const name = (from === undefined ? undefined : shown.get(`${inner.id}|${from}|${widget ?? ""}`)) ?? named;
    return inputs.find((input) => input.name === name) ?? null;
  }
  const def = defs[node.type];
  if (def === undefined) return node.inputs.find((input) => input.widget === named) ?? null;
  return partsOf(def, valuesIn(node, def), linkedIn(node.inputs)).find((part) => part.name === named && widgetFor(part) !== null) ?? null;
}

/** An instance without its pairs: previews go where newer files have them, what leads nowhere is laid aside. */
function instance(work: Work, raw: Json): Json {
  if (!isObject(raw) || pairsOf(raw).length === 0 || !work.file.subgraphs.has(text(raw["type"]))) return raw;
  const pairs = pairsOf(raw);
  const { previewExposures, proxyWidgetErrorQuarantine } = propertiesOf(raw);
  const entries = list(raw["widgets_values"]);
  const [node, def] = [work.nodes.get(raw), work.file.subgraphs.get(text(raw["type"]))];
  const held = node === undefined || def === undefined ? {} : { ...hostValues(work.file, work.defs, node, def) };
  const previews: Json[] = [];
  const lost: Json[] = [];
  pairs.forEach((pair, i) => {
    const value = entries[i] ?? null;
    const [id, name] = isPair(pair) ? [text(pair[0]), text(pair[1])] : ["", ""];
    if (id === OWN) return;
    if (name.startsWith(PSEUDO)) previews.push({ name, sourceNodeId: id, sourcePreviewName: name });
    else if (!work.shown.has(`${text(raw["type"])}|${id}|${name}`)) lost.push({ originalEntry: pair, reason: "missingSourceWidget", ...(value === null ? {} : { hostValue: value }), attemptedAtVersion: 1 });
  });
  const allPreviews = [...list(previewExposures), ...previews];
  const allLost = [...list(proxyWidgetErrorQuarantine), ...lost];
  return {
    ...without(raw, ["widgets_values"]),
    properties: { ...without(propertiesOf(raw), ["proxyWidgets"]), ...(allPreviews.length > 0 ? { previewExposures: allPreviews } : {}), ...(allLost.length > 0 ? { proxyWidgetErrorQuarantine: allLost } : {}) },
    widgets_values_named: held,
  };
}

/** A subgraph with its new inputs, each wired to its widget. */
function definition(work: Work, raw: JsonObject): JsonObject {
  const nodes = list(raw["nodes"]).map((node) => instance(work, node));
  const ports = work.ports.get(text(raw["id"])) ?? [];
  if (ports.length === 0) return { ...raw, nodes };
  const links = Array.isArray(raw["links"]) ? raw["links"] : isObject(raw["links"]) ? Object.values(raw["links"]) : [];
  const first = Math.max(0, ...links.map((link) => Number(Array.isArray(link) ? link[0] : isObject(link) ? link["id"] : 0))) + 1;
  const before = list(raw["inputs"]);
  const inputs = ports.map((port, i): JsonObject => ({ id: PORT_ID + String(first + i).padStart(12, "0"), name: port.name, type: port.type, linkIds: [first + i] }));
  const added = ports.map((port, i): JsonObject => ({ id: first + i, origin_id: -10, origin_slot: before.length + i, target_id: fileId(port.node), target_slot: 0, type: port.type }));
  return { ...raw, inputs: [...before, ...inputs], links: [...links, ...added], nodes: nodes.map((node) => wired(node, ports, first)) };
}

const fileId = (id: string): Json => (/^-?\d+$/.test(id) ? Number(id) : id);

function wired(node: Json, ports: readonly Port[], first: number): Json {
  if (!isObject(node)) return node;
  const own = ports.flatMap((port, i) => (port.node === text(node["id"]) ? [{ ...port, link: first + i }] : []));
  if (own.length === 0) return node;
  const inputs = list(node["inputs"]);
  const nameOf = (input: Json): string => (isObject(input) ? text(input["name"]) : "");
  const kept = inputs.map((input): Json => {
    const port = own.find((candidate) => candidate.widget === nameOf(input));
    return port === undefined || !isObject(input) ? input : { ...input, link: port.link };
  });
  const fresh = own.filter((port) => inputs.every((input) => nameOf(input) !== port.widget)).map((port): JsonObject => ({ name: port.widget, type: port.type, link: port.link, widget: { name: port.widget } }));
  return { ...node, inputs: [...kept, ...fresh] };
}
