/** What became of places by which something is kept, as far as a change moved them or took them away. */
import { isNodeAt, placeOf, type Moves, type Opening, type Place } from "./moves";
import { graphOf, splitExecutionId, subgraphAt, usedInside } from "./pages";
import type { Doc } from "./types";

export interface WidgetPlace extends Place {
  /** Key of the widget. */
  readonly key: string;
}

export interface WidgetId {
  /** Execution id. */
  readonly node: string;
  readonly widget: string;
}

/**
 * Where things are after a change that were somewhere before it; nowhere when they are gone, and where they were said
 * to be when they were not there before either. Ids are execution ids.
 */
export interface Tracks {
  readonly before: Doc;
  readonly moves: Moves;
  readonly node: (id: string) => readonly string[];
  readonly group: (id: string) => readonly string[];
  readonly widget: (id: WidgetId) => readonly WidgetId[];
  readonly place: (place: Place) => readonly Place[];
  readonly setting: (setting: WidgetPlace) => readonly WidgetPlace[];
  readonly opening: (id: string) => Opening | undefined;
}

/** Brings what a room keeps by the names of nodes to where they are. */
export type Follower = (whole: Doc, tracks: Tracks) => Doc;

export function followed(after: Doc, before: Doc, moves: Moves, followers: readonly Follower[]): Doc {
  if (after === before) return after;
  const tracks = tracksOf(after, before, moves);
  return followers.reduce((whole, follow) => follow(whole, tracks), after);
}

/** The same list when every item is where it was. */
export function kept<T>(items: readonly T[], follow: (item: T) => readonly T[]): readonly T[] {
  const now = items.map(follow);
  return now.every((found, i) => found.length === 1 && found[0] === items[i]) ? items : now.flat();
}

/** The first of those that say the same. */
export function distinct<T>(items: readonly T[], keyFor: (item: T) => string): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => !seen.has(keyFor(item)) && seen.add(keyFor(item)));
}

const idOf = (path: readonly string[]): string => path.join(":");

export function tracksOf(after: Doc, before: Doc, moves: Moves): Tracks {
  const nodes = new Map(moves.nodes.map(({ from, to }) => [idOf(from), idOf(to)]));
  const groups = new Map(moves.groups.map(({ from, to }) => [idOf(from), idOf(to)]));
  const openings = new Map(moves.openings.map((opening) => [idOf(opening.from), opening]));
  const node = (id: string): readonly string[] => {
    if (!hasNode(before, id)) return [id];
    const now = openings.get(id)?.to.map(idOf) ?? [led(nodes, id)];
    return now.filter((there) => hasNode(after, there));
  };
  const group = (id: string): readonly string[] => {
    if (!hasGroup(before, id)) return [id];
    const now = groups.get(id) ?? led(nodes, id);
    return hasGroup(after, now) ? [now] : [];
  };
  const settings = many(moves.settings.map(({ from, widget, to, as }) => [`${idOf(from)}|${widget}`, { node: idOf(to), widget: as }]));
  const widget = (id: WidgetId): readonly WidgetId[] => {
    const now = rewritten(id, (one) => settings.get(`${one.node}|${one.widget}`));
    if (now !== null) return now.filter((one) => hasNode(after, one.node));
    return openings.has(id.node) ? [] : node(id.node).map((there) => ({ node: there, widget: id.widget }));
  };
  return { before, moves, node, group, widget, opening: (id) => openings.get(id), ...placeTracks(after, before, moves) };
}

function placeTracks(after: Doc, before: Doc, moves: Moves): Pick<Tracks, "place" | "setting"> {
  const there = { before: presence(before), after: presence(after) };
  const places = many(moves.nodes.flatMap(({ from, to }): [string, Place][] => pair(placeOf(before, from), placeOf(after, to)).map(([a, b]) => [keyOf(a), b])));
  const settings = many(
    moves.settings.flatMap(({ from, widget, to, as }): [string, WidgetPlace][] => pair(placeOf(before, from), placeOf(after, to)).map(([a, b]) => [`${keyOf(a)}|${widget}`, { ...b, key: as }])),
  );
  const place = (one: Place): readonly Place[] => {
    if (!there.before(one)) return [one];
    // A page that other instances share keeps what it has.
    return distinct([one, ...(places.get(keyOf(one)) ?? [])].filter(there.after), keyOf);
  };
  const setting = (one: WidgetPlace): readonly WidgetPlace[] => {
    const now = rewritten(one, (each) => settings.get(`${keyOf(each)}|${each.key}`));
    if (now === null) return place(one).map(({ page, node }) => ({ page, node, key: one.key }));
    return distinct(now.filter(there.after), (each) => `${keyOf(each)}|${each.key}`);
  };
  return { place, setting };
}

const keyOf = ({ page, node }: Place): string => `${page ?? ""}|${node}`;
const pair = <T>(a: T | null, b: T | null): readonly (readonly [T, T])[] => (a === null || b === null ? [] : [[a, b]]);

function many<T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const [key, value] of entries) {
    const known = found.get(key);
    if (known === undefined) found.set(key, [value]);
    else known.push(value);
  }
  return found;
}

/** Moves may follow each other: through one subgraph, and the next. */
const MOST_STEPS = 100;

function rewritten<T>(start: T, next: (item: T) => readonly T[] | undefined): readonly T[] | null {
  const done: T[] = [];
  const open = [...(next(start) ?? [])];
  if (open.length === 0) return null;
  for (let steps = 0; open.length > 0 && steps < MOST_STEPS; steps += 1) {
    const item = open.shift();
    const further = item === undefined ? undefined : next(item);
    if (further !== undefined) open.unshift(...further);
    else if (item !== undefined) done.push(item);
  }
  return done;
}

/** An id with the longest beginning that has moved in its new place. */
function led(moved: ReadonlyMap<string, string>, id: string): string {
  const steps = id.split(":");
  for (let length = steps.length; length > 0; length -= 1) {
    const now = moved.get(idOf(steps.slice(0, length)));
    if (now !== undefined) return idOf([now, ...steps.slice(length)]);
  }
  return id;
}

function hasNode(whole: Doc, id: string): boolean {
  const { path, node } = splitExecutionId(id);
  const page = subgraphAt(whole, path);
  return page !== undefined && isNodeAt(whole, { page, node });
}

function hasGroup(whole: Doc, id: string): boolean {
  const { path, node } = splitExecutionId(id);
  const page = subgraphAt(whole, path);
  return page !== undefined && graphOf(whole, page)?.groups[node] !== undefined;
}

/** Whether there is such a node on a page that the document shows at all. */
function presence(whole: Doc): (place: Place) => boolean {
  let used: ReadonlySet<string> | null = null;
  return (place) => {
    if (place.page === null) return isNodeAt(whole, place);
    used ??= usedPages(whole);
    return used.has(place.page) && isNodeAt(whole, place);
  };
}

function usedPages({ nodes, subgraphs }: Doc): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { type } of Object.values(nodes)) {
    if (subgraphs[type] === undefined || used.has(type)) continue;
    used.add(type);
    for (const inner of usedInside(subgraphs, type)) used.add(inner);
  }
  return used;
}
