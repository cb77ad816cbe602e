/** Paints a whole workflow: frames, wires, boxes with their titles and states. */
import type { NodeDefs } from "@/formats/definitions";
import { idHere } from "@/model/document";
import { HEADER } from "@/model/geometry";
import { MODE, type Doc, type DocNode, type Size } from "@/model/types";
import { runKey, type NodeRun } from "@/runtime/store";
import { titleOf } from "@/session/store";

import { nodeTint, paintOf } from "./colors";
import type { Area } from "./far";
import { isWireShown, lineOf, planOf, type FarWire, type Plan } from "./farWires";
import { sizesHere } from "./measured";
import { pulls, type LinkStyle } from "./wirePath";

export interface Scene {
  readonly doc: Doc;
  readonly defs: NodeDefs;
  readonly selected: ReadonlySet<string>;
  readonly runs: Readonly<Record<string, NodeRun>>;
  /** Colours of the theme. */
  readonly color: (name: string) => string;
  readonly zoom: number;
  /** What can be seen of the canvas. */
  readonly view: Area;
  /** A box being drawn around nodes. */
  readonly box: Area | null;
  /** Sizes as measured, where the document is not the one that is shown. */
  readonly sizes?: ReadonlyMap<string, Size>;
  /** A small map shows states rather than wires. */
  readonly isMap?: boolean;
  readonly hidesWires?: boolean;
  readonly chosenLinks?: ReadonlySet<number>;
  readonly chosenBends?: ReadonlySet<number>;
  /** Ids of the stretches that the knife has crossed. */
  readonly cut?: ReadonlySet<string>;
  readonly links?: LinkStyle;
}

/** Titles smaller than this many pixels are only noise. */
const READABLE = 7;
const TITLE_FONT = 22;

export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const { doc, defs, sizes = sizesHere(), links = "spline" } = scene;
  const plan = planOf({ doc, defs, sizes, style: links });
  for (const group of Object.values(scene.doc.groups)) {
    context.globalAlpha = scene.isMap === true ? 0.25 : 0.1;
    context.fillStyle = nodeTint(group.color, "utils");
    context.fillRect(group.position.x, group.position.y, group.size.width, group.size.height);
  }
  wires(context, scene, plan);
  boxes(context, scene, plan.areas);
  if (scene.isMap !== true) bends(context, scene);
  context.globalAlpha = 1;
  if (scene.box !== null) chosenArea(context, scene, scene.box);
}

const isSeen = ({ view }: Scene, left: number, top: number, right: number, bottom: number): boolean =>
  left < view.x + view.width && right > view.x && top < view.y + view.height && bottom > view.y;

const NO_LINKS: ReadonlySet<number> = new Set();
const NO_WIRES: ReadonlySet<string> = new Set();

/** One path for each colour: strokes cost more than their segments. */
function wires(context: CanvasRenderingContext2D, scene: Scene, { wires: all, style }: Plan): void {
  const { selected, chosenLinks = NO_LINKS, cut = NO_WIRES, hidesWires = false } = scene;
  const isShown = isWireShown({ nodes: selected, links: chosenLinks, hidesWires });
  const byColor = new Map<string, Path2D>();
  const [chosen, doomed] = [new Path2D(), new Path2D()];
  for (const wire of all) {
    const { x, y, width, height } = wire.box;
    if (!isSeen(scene, x - 1, y - 1, x + width + 1, y + height + 1) || !isShown(wire)) continue;
    const color = paintOf(wire.links[0]?.type ?? "*");
    const path = byColor.get(color) ?? new Path2D();
    byColor.set(color, path);
    trace(cut.has(wire.id) ? doomed : path, wire, style);
    if (chosenLinks.size > 0 && wire.links.some(({ id }) => chosenLinks.has(id))) trace(chosen, wire, style);
  }
  const lineWidth = scene.isMap === true ? 0.5 / scene.zoom : Math.max(2, 1 / scene.zoom);
  if (chosenLinks.size > 0) stroke(context, chosen, scene.color("--focus"), 3 * lineWidth, 0.5);
  for (const [color, path] of byColor) stroke(context, path, color, lineWidth, scene.isMap === true ? 0.45 : 0.7);
  context.setLineDash([4 / scene.zoom, 4 / scene.zoom]);
  if (cut.size > 0) stroke(context, doomed, scene.color("--danger"), 1.5 * lineWidth, 1);
  context.setLineDash([]);
}

function stroke(context: CanvasRenderingContext2D, path: Path2D, color: string, width: number, alpha: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.globalAlpha = alpha;
  context.stroke(path);
}

function trace(path: Path2D, wire: FarWire, style: LinkStyle): void {
  const { from, to } = wire;
  path.moveTo(from.x, from.y);
  if (style !== "spline") return lineOf(wire, style).forEach(({ x, y }) => path.lineTo(x, y));
  const [a, b] = pulls(from, to);
  path.bezierCurveTo(a.x, a.y, b.x, b.y, to.x, to.y);
}

/** As large on the screen at every zoom as can be pressed. */
function bends(context: CanvasRenderingContext2D, scene: Scene): void {
  const { doc, zoom, chosenBends = NO_LINKS } = scene;
  const radius = Math.max(5, 3 / zoom);
  for (const { id, position } of Object.values(doc.reroutes)) {
    const { x, y } = position;
    if (!isSeen(scene, x - radius, y - radius, x + radius, y + radius)) continue;
    context.globalAlpha = 1;
    context.fillStyle = scene.color(chosenBends.has(id) ? "--focus" : "--line-strong");
    context.beginPath();
    context.arc(x, y, chosenBends.has(id) ? 1.5 * radius : radius, 0, 2 * Math.PI);
    context.fill();
  }
}

function boxes(context: CanvasRenderingContext2D, scene: Scene, areas: Plan["areas"]): void {
  const theme = { panel: scene.color("--panel"), line: scene.color("--line-strong"), focus: scene.color("--focus"), danger: scene.color("--danger"), good: scene.color("--good"), text: scene.color("--text"), font: scene.color("--font") };
  const isReadable = TITLE_FONT * scene.zoom >= READABLE;
  context.font = `600 ${TITLE_FONT}px ${theme.font}`;
  for (const node of Object.values(scene.doc.nodes)) {
    const area = areas.get(node.id);
    if (area !== undefined && isSeen(scene, area.x, area.y, area.x + area.width, area.y + area.height)) box(context, scene, node, area, theme, isReadable);
  }
}

type Theme = Readonly<Record<"panel" | "line" | "focus" | "danger" | "good" | "text" | "font", string>>;

function box(context: CanvasRenderingContext2D, scene: Scene, node: DocNode, { x, y, width, height }: Area, theme: Theme, isReadable: boolean): void {
  const { doc, defs, selected, runs, zoom } = scene;
  const phase = runs[runKey(idHere(node.id))]?.phase;
  context.globalAlpha = node.mode === MODE.muted ? 0.4 : 1;
  context.fillStyle = theme.panel;
  context.fillRect(x, y, width, height);
  context.globalAlpha *= 0.45;
  context.fillStyle = nodeTint(node.color, defs[node.type]?.category ?? "");
  context.fillRect(x, y, width, scene.isMap === true ? height : HEADER);
  if (scene.isMap === true) state(context, node, { x, y, width, height }, phase, theme);
  context.globalAlpha = 1;
  const isMarked = selected.has(node.id) || phase === "running" || phase === "waiting";
  context.lineWidth = (isMarked || phase === "error" ? 2 : 1) / zoom;
  context.strokeStyle = phase === "error" ? theme.danger : isMarked ? theme.focus : theme.line;
  context.strokeRect(x, y, width, height);
  if (!isReadable) return;
  context.fillStyle = theme.text;
  const title = titleOf(doc, defs, node.id);
  const room = Math.floor((width - 24) / (TITLE_FONT * 0.52));
  context.fillText(title.length > room ? `${title.slice(0, Math.max(1, room - 1))}…` : title, x + 12, y + HEADER * 2);
}

/** At the size of a map an outline is not seen: what runs, waits or failed is filled. */
function state(context: CanvasRenderingContext2D, node: DocNode, { x, y, width, height }: Area, phase: NodeRun["phase"] | undefined, theme: Theme): void {
  const color = phase === "error" ? theme.danger : phase === "running" || phase === "waiting" ? theme.focus : phase === "done" ? theme.good : null;
  if (color === null) return;
  context.globalAlpha = (phase === "done" ? 0.55 : 0.9) * (node.mode === MODE.muted ? 0.4 : 1);
  context.fillStyle = color;
  context.fillRect(x, y, width, height);
}

function chosenArea(context: CanvasRenderingContext2D, { zoom, color }: Scene, { x, y, width, height }: Area): void {
  context.fillStyle = color("--accent-soft");
  context.strokeStyle = color("--focus");
  context.lineWidth = 1 / zoom;
  context.fillRect(x, y, width, height);
  context.strokeRect(x, y, width, height);
}
