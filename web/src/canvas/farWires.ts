/** Wires as lines by their place alone, for drawings that have no elements: to be painted, pressed and cut. Pure. */
import type { NodeDefs } from "@/formats/definitions";
import { estimatedSize } from "@/model/geometry";
import { wiresByBend } from "@/model/reroutes";
import type { Doc, DocLink, DocNode, Point, Size } from "@/model/types";

import { turnAt } from "./bends";
import { bendNodeId, estimatedHandles, inputHandle, outputHandle } from "./derive";
import type { Area } from "./far";
import { segmentsCross } from "./strokes";
import { cornersOf, pulls, type LinkStyle, type Turn } from "./wirePath";

/** From bend to bend, or from there to a socket: with the same ids as near. */
export interface FarWire {
  readonly id: string;
  /** All wires that share this stretch. */
  readonly links: readonly DocLink[];
  readonly from: Turn;
  readonly to: Turn;
  /** Nothing of the line is outside. */
  readonly box: Area;
}

export interface Plan {
  readonly areas: ReadonlyMap<string, Area>;
  readonly wires: readonly FarWire[];
  readonly style: LinkStyle;
}

interface Ground {
  readonly doc: Doc;
  readonly defs: NodeDefs;
  readonly sizes: ReadonlyMap<string, Size>;
  readonly style: LinkStyle;
}

const plans = new WeakMap<Doc, Map<LinkStyle, Ground & { readonly plan: Plan }>>();

/** Made once for each state of the document: panning only draws it again. */
export function planOf({ doc, defs, sizes, style }: Ground): Plan {
  const byStyle = plans.get(doc) ?? new Map<LinkStyle, Ground & { readonly plan: Plan }>();
  plans.set(doc, byStyle);
  const known = byStyle.get(style);
  if (known !== undefined && known.defs === defs && known.sizes === sizes) return known.plan;
  const areas = new Map(Object.values(doc.nodes).map((node) => [node.id, { ...node.position, ...(sizes.get(node.id) ?? estimatedSize(node, defs[node.type])) }]));
  const plan = { areas, style, wires: wiresOf(doc, defs, areas, style) };
  byStyle.set(style, { doc, defs, sizes, style, plan });
  return plan;
}

function wiresOf(doc: Doc, defs: NodeDefs, areas: Plan["areas"], style: LinkStyle): FarWire[] {
  const socket = (node: string, handle: string): Turn | null => {
    const [found, area] = [doc.nodes[node], areas.get(node)];
    const place = found === undefined || area === undefined ? undefined : socketsOf(found, defs, area).get(handle);
    return place === undefined || area === undefined ? null : { x: area.x + place.x, y: area.y + place.y };
  };
  const start = (link: DocLink, bend: number | null): Turn | null => (bend === null ? socket(link.from, outputHandle(link.slot)) : turnAt(doc, bend));
  const wire = (id: string, links: readonly DocLink[], from: Turn | null, to: Turn | null): readonly FarWire[] =>
    from === null || to === null ? [] : [{ id, links, from, to, box: boxAround(style, from, to) }];
  const last = Object.values(doc.links).flatMap((link) => wire(String(link.id), [link], start(link, link.reroute), socket(link.to, inputHandle(link.input))));
  const shared = [...wiresByBend(doc)].flatMap(([bend, links]) => {
    const [first] = links;
    return first === undefined ? [] : wire(bendNodeId(bend), links, start(first, doc.reroutes[bend]?.parent ?? null), turnAt(doc, bend));
  });
  return [...last, ...shared];
}

type Sockets = ReadonlyMap<string, Point>;

/** A node that is only moved keeps its sockets: found again by what stays the same then. */
const sockets = new WeakMap<DocNode["inputs"], { readonly node: DocNode; readonly size: Size; readonly sockets: Sockets }>();

function socketsOf(node: DocNode, defs: NodeDefs, size: Size): Sockets {
  const known = sockets.get(node.inputs);
  const isSame = known?.node.outputs === node.outputs && known.node.values === node.values && known.node.collapsed === node.collapsed;
  if (known !== undefined && isSame && known.size.width === size.width && known.size.height === size.height) return known.sockets;
  const found = new Map(estimatedHandles(node, defs[node.type], size).map(({ id, x, y, width = 0, height = 0 }) => [id ?? "", { x: x + width / 2, y: y + height / 2 }]));
  sockets.set(node.inputs, { node, size, sockets: found });
  return found;
}

/** A spline stays within the four points that make it. */
function boxAround(style: LinkStyle, from: Turn, to: Turn): Area {
  const points = [from, ...(style === "spline" ? pulls(from, to) : style === "linear" ? cornersOf(from, to) : []), to];
  const [left, top] = [Math.min(...points.map(({ x }) => x)), Math.min(...points.map(({ y }) => y))];
  return { x: left, y: top, width: Math.max(...points.map(({ x }) => x)) - left, height: Math.max(...points.map(({ y }) => y)) - top };
}

const PIECES = 24;
const lines = new WeakMap<FarWire, readonly Point[]>();

/** The line as a chain of points; made when it is first asked for, which is of few wires. */
export function lineOf(wire: FarWire, style: LinkStyle): readonly Point[] {
  const known = lines.get(wire);
  if (known !== undefined) return known;
  const { from, to } = wire;
  const line = style === "straight" ? [from, to] : style === "linear" ? [from, ...cornersOf(from, to)] : Array.from({ length: PIECES + 1 }, (_unused, i) => along(from, ...pulls(from, to), to, i / PIECES));
  lines.set(wire, line);
  return line;
}

function along(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const u = 1 - t;
  const [i, j, k, l] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return { x: i * a.x + j * b.x + k * c.x + l * d.x, y: i * a.y + j * b.y + k * c.y + l * d.y };
}

/** The wire nearest to a point, of those no farther from it than `reach`; of equals the one that is drawn last. */
export function wireAt({ wires, style }: Plan, at: Point, reach: number, isShown: (wire: FarWire) => boolean): FarWire | null {
  let [best, least]: [FarWire | null, number] = [null, reach];
  for (const wire of wires) {
    const { x, y, width, height } = wire.box;
    if (at.x < x - reach || at.y < y - reach || at.x > x + width + reach || at.y > y + height + reach || !isShown(wire)) continue;
    const away = distanceTo(lineOf(wire, style), at);
    if (away <= least) [best, least] = [wire, away];
  }
  return best;
}

function distanceTo(line: readonly Point[], at: Point): number {
  let [least, before] = [Infinity, line[0]];
  for (const point of line) {
    if (before !== undefined) least = Math.min(least, distanceToSegment(before, point, at));
    before = point;
  }
  return least;
}

function distanceToSegment(a: Point, b: Point, at: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const part = length === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - a.x) * dx + (at.y - a.y) * dy) / length));
  return Math.hypot(a.x + part * dx - at.x, a.y + part * dy - at.y);
}

/** Ids of the wires that the way from `a` to `b` crosses. */
export function wiresAcross({ wires, style }: Plan, a: Point, b: Point, isShown: (wire: FarWire) => boolean): readonly string[] {
  const [left, top, right, bottom] = [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const isMet = (wire: FarWire): boolean => {
    const { x, y, width, height } = wire.box;
    if (right < x || left > x + width || bottom < y || top > y + height || !isShown(wire)) return false;
    const line = lineOf(wire, style);
    return line.some((point, i) => segmentsCross(line[i - 1], point, a, b));
  };
  return wires.filter(isMet).map(({ id }) => id);
}

/** The middle of a stretch of wire, where there is one. */
export function middleOfWire({ wires, style }: Plan, id: string): Point | null {
  const wire = wires.find((each) => each.id === id);
  if (wire === undefined) return null;
  const line = lineOf(wire, style);
  if (style === "spline") return line[Math.floor(line.length / 2)] ?? null;
  const [a, b] = [line[Math.floor((line.length - 1) / 2)], line[Math.ceil((line.length - 1) / 2)]];
  return a === undefined || b === undefined ? null : { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

export interface Sight {
  readonly nodes: ReadonlySet<string>;
  readonly links: ReadonlySet<number>;
  readonly hidesWires: boolean;
}

/** Hidden wires are seen at chosen nodes, and while they are chosen themselves, as near. */
export const isWireShown = ({ nodes, links, hidesWires }: Sight) => (wire: FarWire): boolean =>
  wire.links.some((link) => (!link.hidden && !hidesWires) || nodes.has(link.from) || nodes.has(link.to) || links.has(link.id));

/** The bend nearest to a point, no farther from it than `reach`. */
export function bendAtPoint(doc: Doc, at: Point, reach: number): number | null {
  const away = ({ x, y }: Point): number => Math.hypot(x - at.x, y - at.y);
  const near = Object.values(doc.reroutes).filter(({ position }) => away(position) <= reach);
  return near.toSorted((a, b) => away(a.position) - away(b.position))[0]?.id ?? null;
}
