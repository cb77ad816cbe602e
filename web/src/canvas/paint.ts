/** Paints a whole workflow: frames, wires, boxes with their titles and states. */
import { titleOf } from "@/session/store";
import type { NodeDefs } from "@/formats/definitions";
import { idHere } from "@/model/document";
import { estimatedSize, HEADER } from "@/model/geometry";
import { MODE, type Doc, type DocLink, type DocNode, type Size } from "@/model/types";
import { runKey, type NodeRun } from "@/runtime/store";

import { turnsOf } from "./bends";
import { nodeTint, paintOf } from "./colors";
import type { Area } from "./far";
import { sizesHere } from "./measured";
import { wirePath, type LinkStyle } from "./wirePath";

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
  readonly links?: LinkStyle;
}

/** Titles smaller than this many pixels are only noise. */
const READABLE = 7;
const TITLE_FONT = 22;

type Areas = ReadonlyMap<string, Area>;

export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const areas = areasOf(scene);
  for (const group of Object.values(scene.doc.groups)) {
    context.globalAlpha = scene.isMap === true ? 0.25 : 0.1;
    context.fillStyle = nodeTint(group.color, "utils");
    context.fillRect(group.position.x, group.position.y, group.size.width, group.size.height);
  }
  wires(context, scene, areas);
  boxes(context, scene, areas);
  context.globalAlpha = 1;
  if (scene.box !== null) chosenArea(context, scene, scene.box);
}

function areasOf({ doc, defs, sizes = sizesHere() }: Scene): Areas {
  return new Map(Object.values(doc.nodes).map((node) => [node.id, { ...node.position, ...(sizes.get(node.id) ?? estimatedSize(node, defs[node.type])) }]));
}

const isSeen = ({ view }: Scene, left: number, top: number, right: number, bottom: number): boolean =>
  left < view.x + view.width && right > view.x && top < view.y + view.height && bottom > view.y;

/** One path for each colour: strokes cost more than their segments. */
function wires(context: CanvasRenderingContext2D, scene: Scene, areas: Areas): void {
  const byColor = new Map<string, Path2D>();
  for (const link of Object.values(scene.doc.links)) {
    const [from, to] = [areas.get(link.from), areas.get(link.to)];
    if (from === undefined || to === undefined || (link.hidden && !isNear(scene, link))) continue;
    if (scene.hidesWires === true && !isNear(scene, link)) continue;
    const [x, y] = [from.x + from.width, from.y + HEADER * 1.5];
    const [toX, toY] = [to.x, to.y + HEADER * 1.5];
    const bend = Math.max(60, Math.abs(toX - x) / 2);
    if (link.reroute === null && !isSeen(scene, Math.min(x, toX - bend), Math.min(y, toY) - 1, Math.max(x + bend, toX), Math.max(y, toY) + 1)) continue;
    const color = paintOf(link.type);
    const path = byColor.get(color) ?? new Path2D();
    byColor.set(color, path);
    if (link.reroute !== null || (scene.links ?? "spline") !== "spline") {
      path.addPath(new Path2D(wirePath(scene.links ?? "spline", [{ x, y }, ...turnsOf(scene.doc, link), { x: toX, y: toY }])));
      continue;
    }
    path.moveTo(x, y);
    path.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
  }
  context.lineWidth = scene.isMap === true ? 0.5 / scene.zoom : Math.max(2, 1 / scene.zoom);
  context.globalAlpha = scene.isMap === true ? 0.45 : 0.7;
  for (const [color, path] of byColor) {
    context.strokeStyle = color;
    context.stroke(path);
  }
}

const isNear = ({ selected }: Scene, { from, to }: DocLink): boolean => selected.has(from) || selected.has(to);

function boxes(context: CanvasRenderingContext2D, scene: Scene, areas: Areas): void {
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
