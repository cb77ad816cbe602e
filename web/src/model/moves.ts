/** Where nodes went: said once by whoever moves them, so that whatever is kept by their names can follow. */
import { controlKey } from "@/formats/widgets";

import { graphOf, pathsOf, subgraphAt } from "./pages";
import type { Doc, Path, Point } from "./types";

/** A node or group by the instances it is inside of, itself last: as seen from the page that was changed. */
export interface Move {
  readonly from: Path;
  readonly to: Path;
}

/** An instance in whose place the nodes that were inside of it are now. */
export interface Opening {
  readonly from: Path;
  readonly to: readonly Path[];
  /** How far from their places on the page inside. */
  readonly shift: Point;
}

/** A setting that is one of another node now, by the keys of its widgets. */
export interface Setting extends Move {
  readonly widget: string;
  readonly as: string;
}

export interface Moves {
  /** Nodes, each with all that is inside of it. */
  readonly nodes: readonly Move[];
  readonly groups: readonly Move[];
  readonly openings: readonly Opening[];
  /** Where one setting became several, the one that is meant comes first. */
  readonly settings: readonly Setting[];
}

/** What a change makes of a document, if it says where nodes went. */
export interface Moved {
  readonly doc: Doc;
  readonly moves: Moves;
}

export const NO_MOVES: Moves = { nodes: [], groups: [], openings: [], settings: [] };

export const isMoved = (result: Doc | Moved): result is Moved => "moves" in result;

/** A widget of one node that is another's now, with what becomes of its value after each run. */
export const asSetting = (from: Path, widget: string, to: Path, as: string): readonly Setting[] => [
  { from, widget, to, as },
  { from, widget: controlKey(widget), to, as: controlKey(as) },
];

/** Every way to the page that a path leads to, this one first. */
export function waysTo(whole: Doc, path: Path): readonly Path[] {
  const page = subgraphAt(whole, path);
  if (path.length === 0 || page === undefined) return [path];
  const others = pathsOf(whole).filter((way) => subgraphAt(whole, way) === page && way.join(":") !== path.join(":"));
  return [path, ...others];
}

/** Moves on one page as seen from outside: the page is that of all instances of its subgraph. */
export function everywhere(whole: Doc, path: Path, moves: Moves): Moves {
  if (path.length === 0 || moves === NO_MOVES) return moves;
  const ways = waysTo(whole, path);
  const under = <M extends Move>(all: readonly M[]): readonly M[] => ways.flatMap((way) => all.map((move) => ({ ...move, from: [...way, ...move.from], to: [...way, ...move.to] })));
  const openings = ways.flatMap((way) => moves.openings.map(({ from, to, shift }) => ({ from: [...way, ...from], to: to.map((one) => [...way, ...one]), shift })));
  return { nodes: under(moves.nodes), groups: under(moves.groups), openings, settings: under(moves.settings) };
}

/** A node of a page, which all instances of a subgraph share. */
export interface Place {
  /** Id of the subgraph; null is the outermost page. */
  readonly page: string | null;
  readonly node: string;
}

export function placeOf(whole: Doc, path: Path): Place | null {
  const [page, node] = [subgraphAt(whole, path.slice(0, -1)), path[path.length - 1]];
  return page === undefined || node === undefined ? null : { page, node };
}

export const isNodeAt = (whole: Doc, { page, node }: Place): boolean => graphOf(whole, page)?.nodes[node] !== undefined;
