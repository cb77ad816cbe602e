/** The sweeps of a workflow: they are part of its file, and of undo, but never of what the server is sent. */
import type { NodeDefs } from "@/formats/definitions";
import { text as asText } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { widgetsIn, type Widget } from "@/formats/widgets";
import { setValue } from "@/model/actions";
import { withSubgraphs } from "@/model/definitions";
import { drawerOf, withDrawer } from "@/model/extra";
import { changedAt } from "@/model/graphs";
import { linkIndex } from "@/model/links";
import { executionId, graphOf, pathsOf, subgraphAt } from "@/model/pages";
import { distinct, kept, type Follower } from "@/model/tracks";
import type { Doc, Graph, NodeId } from "@/model/types";
import { titleOf } from "@/session/store";
import { rangeOf } from "@/widgets/numbers";

import { labelsOf, readSpec, valuesOf, writeSpec, type Spec } from "./spec";

export const PLACES = ["columns", "rows", "sheets"] as const;
export type Place = (typeof PLACES)[number];

/** Where a swept widget stands: on a page, which all instances of a subgraph share. */
export interface Spot {
  /** Id of the subgraph; null is the outermost page. */
  readonly page: string | null;
  readonly node: NodeId;
  /** Key of the widget. */
  readonly key: string;
}

export interface Sweep extends Spot {
  readonly spec: Spec;
  /** Null: the first free place. */
  readonly place: Place | null;
}

export const ROOM = "sweeps";

const isAt = (a: Spot, b: Spot): boolean => a.page === b.page && a.node === b.node && a.key === b.key;

export function writeSweep({ page, node, key, spec, place }: Sweep): JsonObject {
  return { ...(page === null ? {} : { page }), node, key, spec: writeSpec(spec), ...(place === null ? {} : { place }) };
}

export function readSweep(raw: Json): Sweep[] {
  const spec = isObject(raw) ? readSpec(raw["spec"]) : null;
  if (!isObject(raw) || spec === null) return [];
  const place = PLACES.find((name) => name === raw["place"]) ?? null;
  return [{ page: typeof raw["page"] === "string" ? raw["page"] : null, node: asText(raw["node"]), key: asText(raw["key"]), spec, place }];
}

const NONE: readonly Sweep[] = [];
const read = new WeakMap<object, readonly Sweep[]>();

/** All that the file holds, those of widgets that are gone too: undo brings them back. */
export function storedSweeps(whole: Pick<Doc, "raw">): readonly Sweep[] {
  const raw = drawerOf(whole, ROOM);
  if (!Array.isArray(raw)) return NONE;
  const known = read.get(raw) ?? raw.flatMap(readSweep);
  read.set(raw, known);
  return known;
}

export const sweepAt = (whole: Pick<Doc, "raw">, spot: Spot): Sweep | undefined => storedSweeps(whole).find((sweep) => isAt(sweep, spot));

const withSweeps = (whole: Doc, sweeps: readonly Sweep[]): Doc => withDrawer(whole, ROOM, sweeps.length === 0 ? undefined : sweeps.map(writeSweep));

/** One sweep for each widget: another one takes its place in the order too. */
export function putSweep(whole: Doc, sweep: Sweep): Doc {
  const before = storedSweeps(whole);
  return withSweeps(whole, before.some((other) => isAt(other, sweep)) ? before.map((other) => (isAt(other, sweep) ? sweep : other)) : [...before, sweep]);
}

export const removeSweep = (whole: Doc, spot: Spot): Doc => withSweeps(whole, storedSweeps(whole).filter((sweep) => !isAt(sweep, spot)));

export const clearSweeps = (whole: Doc): Doc => (storedSweeps(whole).length === 0 ? whole : withSweeps(whole, []));

export const replaceSweeps = withSweeps;

/** A widget that became several is swept in the first of them: together they would multiply the runs. */
export const sweepsFollow: Follower = (whole, { setting }) => {
  const before = storedSweeps(whole);
  const after = kept(before, (sweep) => setting(sweep).slice(0, 1).map((spot) => (isAt(spot, sweep) ? sweep : { ...sweep, ...spot })));
  return after === before ? whole : withSweeps(whole, distinct(after, ({ page, node, key }) => `${page ?? ""}|${node}|${key}`));
};

/** Puts a sweep along a place, before another one or at the end. */
export function placeSweep(whole: Doc, spot: Spot, place: Place, before: Spot | null = null): Doc {
  const all = storedSweeps(whole);
  const moved = all.find((sweep) => isAt(sweep, spot));
  if (moved === undefined) return whole;
  const rest = all.filter((sweep) => sweep !== moved);
  const at = before === null ? -1 : rest.findIndex((sweep) => isAt(sweep, before));
  const index = at < 0 ? rest.length : at;
  return withSweeps(whole, [...rest.slice(0, index), { ...moved, place }, ...rest.slice(index)]);
}

const graphAt = (whole: Doc, page: string | null): Graph | undefined => graphOf(whole, page);

/** The widget of a spot, as long as its value counts: a wire into it decides instead. */
export function widgetAt(whole: Doc, defs: NodeDefs, { page, node: id, key }: Spot): Widget | null {
  const graph = graphAt(whole, page);
  const node = graph?.nodes[id];
  const def = node === undefined ? undefined : defs[node.type];
  if (graph === undefined || node === undefined || def === undefined) return null;
  const widget = widgetsIn(def, node).find((candidate) => candidate.key === key && candidate.inPrompt) ?? null;
  return widget !== null && linkIndex(graph.links).into.has(`${id}|${widget.name}`) ? null : widget;
}

export const valueAt = (whole: Doc, { page, node, key }: Spot): Json | undefined => graphAt(whole, page)?.nodes[node]?.values[key];

/** The document with another value at a spot, and with what the value brings. `serverDefs` are the server's. */
export const withValue = (whole: Doc, serverDefs: NodeDefs, { page, node, key }: Spot, value: Json): Doc => changedAt(whole, serverDefs, page, (doc) => setValue(doc, node, key, value));

/** A sweep with what it comes to. */
export interface Axis extends Sweep {
  /** Execution id of the node, or of its first instance. */
  readonly id: string;
  /** Name of the input. */
  readonly input: string;
  /** Title of the node, and of its widget. */
  readonly title: string;
  readonly values: readonly Json[];
  readonly labels: readonly string[];
  readonly place: Place;
}

export const nameOf = ({ input, name }: Widget): string => {
  const given = input.options["display_name"];
  return typeof given === "string" ? given : name.replaceAll("_", " ");
};

export function titleAt(whole: Doc, defs: NodeDefs, { page, node }: Spot): string {
  const graph = graphAt(whole, page);
  return graph === undefined ? node : titleOf({ ...graph, subgraphs: whole.subgraphs }, defs, node);
}

function idAt(whole: Doc, { page, node }: Spot): string {
  const path = pathsOf(whole).find((candidate) => (subgraphAt(whole, candidate) ?? null) === page) ?? [];
  return executionId(path, node);
}

export const valuesAt = (whole: Doc, widget: Widget, sweep: Sweep): readonly Json[] => {
  const isNumber = widget.kind === "int" || widget.kind === "float";
  return valuesOf(sweep.spec, valueAt(whole, sweep), isNumber ? rangeOf(widget) : undefined);
};

/** The sweeps that can be run, each with its place. */
export function axesOf(whole: Doc, serverDefs: NodeDefs): readonly Axis[] {
  const stored = storedSweeps(whole);
  if (stored.length === 0) return [];
  const defs = withSubgraphs(serverDefs, whole.subgraphs);
  const found = stored.flatMap((sweep) => {
    const widget = widgetAt(whole, defs, sweep);
    const values = widget === null ? [] : valuesAt(whole, widget, sweep);
    if (widget === null || values.length === 0) return [];
    return [{ ...sweep, id: idAt(whole, sweep), input: widget.name, title: `${titleAt(whole, defs, sweep)} · ${nameOf(widget)}`, values, labels: labelsOf(sweep.spec, values) }];
  });
  return placed(found);
}

type Unplaced = Omit<Axis, "place"> & { readonly place: Place | null };

/** One goes along a row, two make a grid, three make sheets; more share the shorter side. */
function placed(axes: readonly Unplaced[]): readonly Axis[] {
  const sizes: Record<Place, number> = { columns: 0, rows: 0, sheets: 0 };
  const grow = (place: Place, count: number): Place => {
    sizes[place] = Math.max(1, sizes[place]) * count;
    return place;
  };
  for (const axis of axes) if (axis.place !== null) grow(axis.place, axis.values.length);
  const free = (): Place => PLACES.find((place) => sizes[place] === 0) ?? (sizes.rows <= sizes.columns ? "rows" : "columns");
  return axes.map((axis) => ({ ...axis, place: axis.place ?? grow(free(), axis.values.length) }));
}
