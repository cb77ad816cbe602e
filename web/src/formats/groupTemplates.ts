/** The template of a legacy group node: what its instances show of the inside, how named, in which order. */
import type { NodeDefs } from "./definitions";
import { list, text } from "./file";
import { isVirtual } from "./flatten";
import { isObject, type Json, type JsonObject } from "./json";
import { controlKey, isControlMode, readValues, widgetsOf, type Values, type Widget } from "./widgets";

/** Place of an inner node, and the name of one of its inputs. */
export interface Spot {
  readonly place: number;
  readonly name: string;
}

/** Values by `spotKey`. */
export type SpotValues = ReadonlyMap<string, Json>;

export const spotKey = ({ place, name }: Spot): string => `${place}|${name}`;

interface InnerLink {
  readonly origin: number;
  readonly slot: number;
  readonly target: Spot;
  readonly type: string;
}

/** One entry of `extra.groupNodes`. */
export interface Template {
  readonly nodes: readonly JsonObject[];
  readonly links: readonly InnerLink[];
  /** Outputs that are linked outside as well as inside, as `place|slot`. */
  readonly external: ReadonlySet<string>;
  /** Names and visibility by place of the node, side and input. */
  readonly config: JsonObject;
  readonly defs: NodeDefs;
}

/** One input of a group node: a socket, or a widget that the instance holds the value of. */
export interface Inlet {
  readonly name: string;
  readonly type: string;
  readonly spot: Spot;
  /** Of a primitive what it feeds, of others the spot itself. */
  readonly targets: readonly Spot[];
  readonly isWidget: boolean;
  readonly isVisible: boolean;
}

export interface Outlet {
  readonly name: string;
  readonly type: string;
  readonly place: number;
  readonly slot: number;
}

/** One entry in an instance's list of values. */
interface Entry {
  readonly kind: "value" | "control" | "other";
  readonly spot: Spot;
}

/** What the instances of one template show. */
export interface Face {
  readonly inlets: readonly Inlet[];
  readonly outlets: readonly Outlet[];
  readonly entries: readonly Entry[];
}

export const PRIMITIVE = "PrimitiveNode";
const REROUTE = "Reroute";
/** Values that a primitive may change after each run. */
const STEPPED = new Set(["INT", "FLOAT", "COMBO"]);

export const objects = (value: Json | undefined): JsonObject[] => list(value).filter(isObject);
const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const wireType = (type: Json | undefined): string => (Array.isArray(type) ? "COMBO" : text(type));
const isPlace = (value: Json | undefined): value is number => typeof value === "number" && value >= 0;

export const typeAt = (template: Template, place: number): string => text(template.nodes[place]?.["type"]);
export const socketsAt = (template: Template, place: number): JsonObject[] => objects(template.nodes[place]?.["inputs"]);
const outgoing = (template: Template, place: number): InnerLink[] => template.links.filter((link) => link.origin === place);
const fed = (template: Template): Set<string> => new Set(template.links.map((link) => spotKey(link.target)));
const socketAt = (template: Template, { place, name }: Spot): JsonObject | undefined => socketsAt(template, place).find((socket) => text(socket["name"]) === name);
const isWidgetSocket = (socket: JsonObject | undefined): boolean => isObject(socket?.["widget"]);

export function readTemplate(source: JsonObject, defs: NodeDefs): Template {
  const nodes = objects(source["nodes"]);
  const external = list(source["external"]).flatMap((row) => (Array.isArray(row) ? [`${text(row[0])}|${text(row[1])}`] : []));
  return { nodes, links: list(source["links"]).flatMap((row) => readLink(nodes, list(row))), external: new Set(external), config: object(source["config"]), defs };
}

/** `[origin, slot, target, slot, id of the origin, type]`, by places; links to nowhere are left out. */
function readLink(nodes: readonly JsonObject[], row: readonly Json[]): InnerLink[] {
  const [origin, slot, target, targetSlot, , type] = row;
  if (!isPlace(origin) || !isPlace(slot) || !isPlace(target) || !isPlace(targetSlot) || nodes[origin] === undefined) return [];
  const socket = objects(nodes[target]?.["inputs"])[targetSlot];
  return socket === undefined ? [] : [{ origin, slot, target: { place: target, name: text(socket["name"]) }, type: wireType(type ?? socket["type"]) }];
}

/**
 * In files up to 2024 only converted widgets have sockets, in later ones all have; which of both it is, the number of
 * values of the instances tells.
 */
export function faceOf(template: Template, instances: readonly JsonObject[]): Face {
  const linked = fed(template);
  const named = template.nodes.flatMap((_node, place) => socketsAt(template, place).filter(isWidgetSocket).map((socket) => spotKey({ place, name: text(socket["name"]) })));
  const strict = faceWith(template, new Set(named));
  const loose = faceWith(template, new Set(named.filter((key) => linked.has(key))));
  const lengths = new Set(instances.map((node) => (Array.isArray(node["widgets_values"]) ? node["widgets_values"].length : -1)));
  return lengths.has(loose.entries.length) && !lengths.has(strict.entries.length) ? loose : strict;
}

function faceWith(template: Template, withoutWidget: ReadonlySet<string>): Face {
  const linked = fed(template);
  const isFree = (spot: Spot): boolean => !linked.has(spotKey(spot));
  const name = namer();
  const inlets: Inlet[] = [];
  const entries: Entry[] = [];
  const add = (spots: readonly Spot[]): void => {
    for (const spot of spots.filter(isFree)) inlets.push(inlet(template, name, spot));
  };
  template.nodes.forEach((_node, place) => {
    const entered = entriesOf(template, place).filter(({ spot }) => !withoutWidget.has(widgetKey(spot)));
    entries.push(...entered);
    add(entered.filter((entry) => entry.kind === "value").map((entry) => entry.spot));
    add(spots(template, place).filter((spot) => !isWidgetSocket(socketAt(template, spot))));
  });
  template.nodes.forEach((_node, place) => {
    add(spots(template, place).filter((spot) => withoutWidget.has(spotKey(spot))));
  });
  return { inlets: inlets.filter((found) => found.isWidget || found.isVisible), outlets: outlets(template), entries };
}

/** The key of the widget that an entry, maybe a control mode, belongs to. */
const widgetKey = ({ place, name }: Spot): string => spotKey({ place, name: name.replace(/^(control|filter):/, "") });

/** The sockets of an inner node that a link from outside may end at. */
function spots(template: Template, place: number): Spot[] {
  const type = typeAt(template, place);
  const leadsOnInside = template.links.some((link) => link.target.place === place) && outgoing(template, place).length > 0;
  if (type === PRIMITIVE || (type === REROUTE && leadsOnInside)) return [];
  return socketsAt(template, place).map((socket) => ({ place, name: text(socket["name"]) }));
}

/** What an inner node brings into an instance's list of values. */
function entriesOf(template: Template, place: number): Entry[] {
  const node = template.nodes[place] ?? {};
  const type = typeAt(template, place);
  if (type === PRIMITIVE) return primitiveEntries(template, place);
  const widgets = widgetsAt(template, place);
  if (widgets !== null) return widgets.map((widget) => ({ kind: widget.kind === "control" ? "control" : widget.inPrompt ? "value" : "other", spot: { place, name: widget.key } }));
  return isVirtual(type) ? [] : unknownNames(node).map((name) => ({ kind: name.startsWith("#") ? "other" : "value", spot: { place, name } }));
}

function primitiveEntries(template: Template, place: number): Entry[] {
  const type = outgoing(template, place)[0]?.type;
  if (type === undefined) return [];
  const entries: Entry[] = [{ kind: "value", spot: { place, name: "value" } }];
  if (STEPPED.has(type)) entries.push({ kind: "control", spot: { place, name: controlKey("value") } });
  if (type === "COMBO") entries.push({ kind: "other", spot: { place, name: "filter:value" } });
  return entries;
}

/** The widgets of an inner node in the order of its own list of values; null where the server does not know its type. */
export function widgetsAt(template: Template, place: number): readonly Widget[] | null {
  const def = template.defs[typeAt(template, place)];
  return def === undefined ? null : widgetsOf(def, ownValues(template, place));
}

function ownValues(template: Template, place: number): Values {
  const node = template.nodes[place] ?? {};
  const def = template.defs[typeAt(template, place)];
  if (def !== undefined) return readValues(def, { list: node["widgets_values"], named: node["widgets_values_named"] }).values;
  const names = typeAt(template, place) === PRIMITIVE ? ["value"] : unknownNames(node);
  const values = list(node["widgets_values"]);
  return Object.fromEntries(names.slice(0, values.length).map((name, i) => [name, values[i] ?? null]));
}

/** Names for the values of a node of unknown type: those of its widget sockets, else `#` and the place. */
export function unknownNames(node: JsonObject): string[] {
  const values = list(node["widgets_values"]);
  const names = objects(node["inputs"]).filter(isWidgetSocket).map((socket) => text(socket["name"]));
  return names.length === values.length ? names : values.map((_value, i) => `#${i}`);
}

type GiveName = (node: JsonObject, name: string, wanted: string, isPrefixed?: boolean) => string;

/** A name that is taken gets the node's in front, then a number. */
function namer(): GiveName {
  const seen = new Map<string, number>();
  return (node, name, wanted, isPrefixed = false) => {
    const front = `${text(node["title"]) || text(node["type"])} `;
    const key = isPrefixed || seen.has(wanted) ? front + name : wanted;
    const given = key !== wanted && seen.has(key) ? `${front}${seen.get(key) ?? 1} ${name}` : key;
    seen.set(key, (seen.get(key) ?? 1) + 1);
    return given;
  };
}

/** What a person has set for one input or output: `name`, `visible`. */
const wishes = (template: Template, place: number, side: "input" | "output", name: string): JsonObject =>
  object(object(object(template.config[String(place)])[side])[name]);

function inlet(template: Template, name: GiveName, spot: Spot): Inlet {
  const node = template.nodes[spot.place] ?? {};
  const socket = socketAt(template, spot);
  const isPrimitive = typeAt(template, spot.place) === PRIMITIVE;
  const type = spotType(template, spot);
  const shown = typeAt(template, spot.place) === REROUTE ? type : spot.name;
  const wish = wishes(template, spot.place, "input", shown);
  const wanted = text(wish["name"]) || text(socket?.["label"]) || shown;
  return {
    name: name(node, shown, wanted, isPrimitive && text(node["title"]) !== ""),
    type,
    spot,
    targets: isPrimitive ? outgoing(template, spot.place).map((link) => link.target) : [spot],
    isWidget: isPrimitive || socket === undefined || isWidgetSocket(socket),
    isVisible: wish["visible"] !== false,
  };
}

/** The wire type of an input; an open reroute's is that of what it leads to. */
function spotType(template: Template, spot: Spot): string {
  const type = typeAt(template, spot.place);
  if (type === PRIMITIVE || type === REROUTE) return outgoing(template, spot.place).find((link) => link.type !== "" && link.type !== "*")?.type ?? "*";
  const socket = socketAt(template, spot);
  if (socket !== undefined) return wireType(socket["type"]);
  return widgetsAt(template, spot.place)?.find((widget) => widget.key === spot.name)?.input.type ?? "*";
}

/** The outputs that nothing inside takes, and those linked outside too. */
function outlets(template: Template): Outlet[] {
  const taken = new Set(template.links.map((link) => `${link.origin}|${link.slot}`));
  const name = namer();
  return template.nodes.flatMap((node, place) => {
    if (typeAt(template, place) === PRIMITIVE && outgoing(template, place).length === 0) return [];
    return objects(node["outputs"]).flatMap((output, slot): Outlet[] => {
      const key = `${place}|${slot}`;
      const wish = wishes(template, place, "output", String(slot));
      const isVisible = typeof wish["visible"] === "boolean" ? wish["visible"] : !taken.has(key) || template.external.has(key);
      if (!isVisible) return [];
      const type = wireType(output["type"]);
      const wanted = text(wish["name"]) || text(output["label"]) || text(output["name"]) || type;
      return [{ name: name(node, wanted, wanted), type, place, slot }];
    });
  });
}

/** The values of one instance, control modes too; what it leaves open is the template's. */
export function valuesOf(template: Template, face: Face, instance: JsonObject): SpotValues {
  const found = new Map<string, Json>();
  template.nodes.forEach((_node, place) => {
    for (const [name, value] of Object.entries(ownValues(template, place))) found.set(spotKey({ place, name }), value);
  });
  const values = instance["widgets_values"];
  if (Array.isArray(values)) consume(face.entries, values, found);
  for (const source of [object(values), object(instance["widgets_values_named"])])
    for (const { name, spot } of face.inlets) {
      const value = source[name];
      if (value !== undefined && value !== null) found.set(spotKey(spot), value);
    }
  return found;
}

/** A list laid along the entries; a control mode that is none takes no entry. */
function consume(entries: readonly Entry[], values: readonly Json[], found: Map<string, Json>): void {
  const isComplete = values.length >= entries.length;
  let at = 0;
  for (const { kind, spot } of entries) {
    if (at >= values.length) return;
    const value = values[at] ?? null;
    const isMode = isControlMode(value);
    if (kind === "control" && !isMode && !(isComplete && (value === null || typeof value === "boolean"))) continue;
    if (value !== null && (kind !== "control" || isMode)) found.set(spotKey(spot), value);
    at += 1;
  }
}
