/**
 * The group nodes of old files as what has taken their place: subgraphs and their instances. The inside of a group
 * node is a template in `extra.groupNodes`; ids of its inner nodes are their places in it.
 */
import type { NodeDefs } from "./definitions";
import { list, pair, text } from "./file";
import { faceOf, objects, PRIMITIVE, readTemplate, socketsAt, spotKey, typeAt, unknownNames, valuesOf, widgetsAt, type Face, type Inlet, type Outlet, type Spot, type SpotValues, type Template } from "./groupTemplates";
import { isObject, type Json, type JsonObject } from "./json";
import { defaultValue } from "./widgets";

const PREFIX = /^workflow[>/]/;
const INPUT_SIDE = -10;
const OUTPUT_SIDE = -20;

/** One kind of group node that a file uses. */
interface Kind {
  readonly name: string;
  readonly id: string;
  readonly template: Template;
  readonly face: Face;
  readonly first: SpotValues;
  /** Those that the subgraph has. */
  readonly inlets: readonly Inlet[];
}

/** The file with a subgraph for each kind of group node in use; the same one where there is none. */
export function withoutGroupNodes(file: Json, defs: NodeDefs): Json {
  if (!isObject(file) || !isObject(file["extra"]) || !isObject(file["extra"]["groupNodes"])) return file;
  const { groupNodes: stored, ...extra } = file["extra"];
  const kinds = kindsOf(file, stored, defs);
  if (kinds.size === 0 || !isObject(stored)) return file;
  const definitions = isObject(file["definitions"]) ? file["definitions"] : {};
  const pages = [...objects(definitions["subgraphs"]), ...[...kinds.values()].map(definition)];
  const left = Object.fromEntries(Object.entries(stored).filter(([name]) => !kinds.has(name)));
  return {
    ...replaced(file, kinds),
    definitions: { ...definitions, subgraphs: pages.map((page) => replaced(page, kinds)) },
    extra: Object.keys(left).length > 0 ? { ...extra, groupNodes: left } : extra,
  };
}

/** The kinds of group node that the file has instances of, also inside of others. */
function kindsOf(file: JsonObject, stored: Json | undefined, defs: NodeDefs): Map<string, Kind> {
  const templates = isObject(stored) ? stored : {};
  const pages = [file, ...objects(isObject(file["definitions"]) ? file["definitions"]["subgraphs"] : undefined)];
  const instances = new Map<string, JsonObject[]>();
  for (const page of pages) {
    for (const node of objects(page["nodes"])) {
      const name = groupName(node);
      const template = name === null ? undefined : templates[name];
      if (name === null || !isObject(template) || !Array.isArray(template["nodes"])) continue;
      if (!instances.has(name)) pages.push(template);
      instances.set(name, [...(instances.get(name) ?? []), node]);
    }
  }
  return new Map([...instances].map(([name, nodes]) => [name, kindOf(name, templates[name] ?? null, nodes, defs)]));
}

function groupName(node: JsonObject): string | null {
  const type = text(node["type"]);
  return PREFIX.test(type) ? type.replace(PREFIX, "") : null;
}

/** A hidden widget becomes an input only where the instances hold different values. */
function kindOf(name: string, source: Json, instances: readonly JsonObject[], defs: NodeDefs): Kind {
  const template = readTemplate(isObject(source) ? source : {}, defs);
  const face = faceOf(template, instances);
  const [first = new Map<string, Json>(), ...others] = instances.map((node) => valuesOf(template, face, node));
  const isHeld = ({ isVisible, spot }: Inlet): boolean => isVisible || others.some((values) => values.get(spotKey(spot)) !== first.get(spotKey(spot)));
  return { name, id: uuidOf(`group node ${name}`), template, face, first, inlets: face.inlets.filter(isHeld) };
}

function replaced(page: JsonObject, kinds: ReadonlyMap<string, Kind>): JsonObject {
  const nodes = list(page["nodes"]).map((node) => {
    const kind = isObject(node) ? kinds.get(groupName(node) ?? "") : undefined;
    return isObject(node) && kind !== undefined ? instance(node, kind) : node;
  });
  return { ...page, nodes };
}

/** A group node as an instance of its subgraph, which holds its values by name. */
function instance(node: JsonObject, kind: Kind): JsonObject {
  const held = valuesOf(kind.template, kind.face, node);
  const named = Object.fromEntries(kind.inlets.filter((inlet) => inlet.isWidget).map((inlet) => [inlet.name, held.get(spotKey(inlet.spot)) ?? null]));
  const outputs = objects(node["outputs"]).map((output, i) => ({ ...output, name: kind.face.outlets[i]?.name ?? output["name"] ?? "" }));
  return { ...node, type: kind.id, inputs: instanceInputs(node, kind), outputs, widgets_values: Object.values(named), widgets_values_named: named };
}

/** A socket whose name says nothing stands for the inlet in its place. */
function instanceInputs(node: JsonObject, kind: Kind): JsonObject[] {
  const sockets = objects(node["inputs"]);
  const names = new Set(kind.inlets.map((inlet) => inlet.name));
  const plain = kind.inlets.filter((inlet) => !inlet.isWidget).map((inlet) => inlet.name);
  const bare = sockets.filter((socket) => !isObject(socket["widget"]));
  const taken = new Set(sockets.map((socket) => text(socket["name"])));
  return sockets.map((socket) => {
    const name = plain[bare.indexOf(socket)];
    return names.has(text(socket["name"])) || name === undefined || taken.has(name) ? socket : { ...socket, name };
  });
}

/** A link that ends at an inner input. */
interface Join {
  readonly id: number;
  readonly origin: readonly [number, number];
  readonly target: Spot;
  readonly type: string;
}

function definition(kind: Kind): JsonObject {
  const { name, id, template, face } = kind;
  const joins = joinsOf(kind);
  const nodes = keptPlaces(kind).map((place) => innerNode(kind, place, joins));
  const links = joins.map((join) => link(join.id, join.origin, [join.target.place, slotOf(nodes, join)], join.type));
  face.outlets.forEach((outlet, slot) => links.push(link(links.length + 1, [outlet.place, outlet.slot], [OUTPUT_SIDE, slot], outlet.type)));
  return {
    ...{ id, version: 1, revision: 0, config: {}, name },
    state: { lastGroupId: 0, lastNodeId: template.nodes.length, lastLinkId: links.length, lastRerouteId: 0 },
    ...sides(nodes),
    inputs: kind.inlets.map((inlet, slot) => port(id, inlet, "origin", [INPUT_SIDE, slot], links)),
    outputs: face.outlets.map((outlet, slot) => port(id, outlet, "target", [OUTPUT_SIDE, slot], links)),
    widgets: [],
    nodes: nodes.map((node) => ({ ...node, outputs: objects(node["outputs"]).map((output, slot) => ({ ...output, links: idsAt(links, "origin", [Number(node["id"]), slot]) })) })),
    groups: [],
    links,
    extra: {},
  };
}

/** The links of the template that those from outside leave, and those from outside. */
function joinsOf(kind: Kind): Join[] {
  const held = new Set(kind.inlets.flatMap((inlet) => inlet.targets.map(spotKey)));
  const places = new Set(keptPlaces(kind));
  const inner = kind.template.links.filter(({ target }) => !held.has(spotKey(target)) && places.has(target.place));
  const joins = [
    ...inner.map(({ origin, slot, target, type }) => ({ origin: [origin, slot] as const, target, type })),
    ...kind.inlets.flatMap(({ targets, type }, slot) => targets.map((target) => ({ origin: [INPUT_SIDE, slot] as const, target, type }))),
  ];
  return joins.map((join, i) => ({ ...join, id: i + 1 }));
}

/** A primitive whose value the instances hold has nothing left to feed. */
function keptPlaces(kind: Kind): number[] {
  const held = new Set(kind.inlets.map((inlet) => inlet.spot.place));
  const shown = new Set(kind.face.outlets.map((outlet) => outlet.place));
  return [...kind.template.nodes.keys()].filter((place) => typeAt(kind.template, place) !== PRIMITIVE || shown.has(place) || !held.has(place));
}

function slotOf(nodes: readonly JsonObject[], join: Join): number {
  const target = nodes.find((node) => node["id"] === join.target.place);
  return objects(target?.["inputs"]).findIndex((socket) => socket["link"] === join.id);
}

/** An inner node with its place for an id, its links, and the values of the first instance. */
function innerNode(kind: Kind, place: number, joins: readonly Join[]): JsonObject {
  const node = kind.template.nodes[place] ?? {};
  const own = joins.filter((join) => join.target.place === place);
  const sockets = socketsAt(kind.template, place);
  const names = new Set(sockets.map((socket) => text(socket["name"])));
  const listed = sockets.map((socket): JsonObject => ({ ...socket, link: own.find((join) => join.target.name === text(socket["name"]))?.id ?? null }));
  const added = own.filter((join) => !names.has(join.target.name)).map(({ target, type, id }): JsonObject => ({ name: target.name, type, widget: { name: target.name }, link: id }));
  const kept = Object.fromEntries(Object.entries(node).filter(([key]) => key !== "widgets_values_named"));
  return { ...kept, id: place, inputs: [...listed, ...added], ...innerValues(kind, place, node) };
}

/** The values of an inner node in the form in which its file has them. */
function innerValues({ template, first }: Kind, place: number, node: JsonObject): JsonObject {
  const values = node["widgets_values"];
  const value = (name: string): Json | undefined => first.get(spotKey({ place, name }));
  const widgets = widgetsAt(template, place);
  if (isObject(values)) {
    const named = (widgets ?? []).filter((widget) => widget.inPrompt).map((widget): [string, Json] => [widget.name, value(widget.key) ?? null]);
    return { widgets_values: { ...values, ...Object.fromEntries(named) } };
  }
  if (widgets !== null) return { widgets_values: widgets.map((widget) => value(widget.key) ?? defaultValue(widget)) };
  if (!Array.isArray(values)) return {};
  const names = typeAt(template, place) === PRIMITIVE ? ["value"] : unknownNames(node);
  return { widgets_values: values.map((old, i) => value(names[i] ?? "") ?? old) };
}

function link(id: number, origin: readonly [number, number], target: readonly [number, number], type: string): JsonObject {
  return { id, origin_id: origin[0], origin_slot: origin[1], target_id: target[0], target_slot: target[1], type };
}

function idsAt(links: readonly JsonObject[], end: "origin" | "target", place: readonly [number, number]): Json[] | null {
  const own = links.filter((found) => found[`${end}_id`] === place[0] && found[`${end}_slot`] === place[1]);
  return own.length > 0 ? own.map((found) => found["id"] ?? null) : null;
}

function port(id: string, { name, type }: Inlet | Outlet, end: "origin" | "target", place: readonly [number, number], links: readonly JsonObject[]): JsonObject {
  return { id: uuidOf(`${id} ${place.join(" ")}`), name, type, linkIds: idsAt(links, end, place) ?? [] };
}

/** Where the boundary stands: left and right of the inner nodes. */
function sides(nodes: readonly JsonObject[]): JsonObject {
  const corners = nodes.map((node) => pair(node["pos"], [0, 0]));
  const [left, top, right] = corners.length === 0 ? [0, 0, 0] : [Math.min(...corners.map(([x]) => x)), Math.min(...corners.map(([, y]) => y)), Math.max(...corners.map(([x]) => x))];
  return { inputNode: { id: INPUT_SIDE, bounding: [left - 220, top, 120, 60] }, outputNode: { id: OUTPUT_SIDE, bounding: [right + 420, top, 120, 60] } };
}

/** The same id for the same name, so that a file that is opened twice is the same file. */
export function uuidOf(name: string): string {
  const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((seed) => hash(seed, name).toString(16).padStart(8, "0"));
  const digits = words.join("");
  return [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `a${digits.slice(17, 20)}`, digits.slice(20)].join("-");
}

/** FNV-1a over UTF-16 units, mixed at the end. */
function hash(seed: number, name: string): number {
  let value = seed;
  for (let i = 0; i < name.length; i += 1) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  return (value ^ (value >>> 15)) >>> 0;
}
