/** Paints a whole workflow: frames, wires, boxes with their titles and states. */
import { titleOf } from "@/app/session";
import type { NodeDefs } from "@/formats/definitions";
import { HEADER } from "@/model/geometry";
import { MODE, type Doc, type DocNode } from "@/model/types";
import { idHere } from "@/model/document";
import { runKey, type NodeRun } from "@/runtime/store";

import { nodeTint, paintOf } from "./colors";
import { boxOf } from "./viewport";

export interface Scene {
  readonly doc: Doc;
  readonly defs: NodeDefs;
  readonly selected: ReadonlySet<string>;
  readonly runs: Readonly<Record<string, NodeRun>>;
  /** Colours of the theme. */
  readonly color: (name: string) => string;
  readonly zoom: number;
}

/** Titles smaller than this many pixels are only noise. */
const READABLE = 7;

export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  for (const group of Object.values(scene.doc.groups)) {
    context.globalAlpha = 0.1;
    context.fillStyle = nodeTint(group.color, "utils");
    context.fillRect(group.position.x, group.position.y, group.size.width, group.size.height);
  }
  wires(context, scene);
  for (const node of Object.values(scene.doc.nodes)) box(context, scene, node);
  context.globalAlpha = 1;
}

function wires(context: CanvasRenderingContext2D, { doc, zoom }: Scene): void {
  context.lineWidth = Math.max(2, 1 / zoom);
  context.globalAlpha = 0.7;
  for (const link of Object.values(doc.links)) {
    const [from, to] = [boxOf(link.from), boxOf(link.to)];
    if (from === null || to === null) continue;
    const [x, y] = [from.x + from.width, from.y + HEADER * 1.5];
    const [toX, toY] = [to.x, to.y + HEADER * 1.5];
    const bend = Math.max(60, Math.abs(toX - x) / 2);
    context.strokeStyle = paintOf(link.type);
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
    context.stroke();
  }
}

function box(context: CanvasRenderingContext2D, { doc, defs, selected, runs, color, zoom }: Scene, node: DocNode): void {
  const area = boxOf(node.id);
  if (area === null) return;
  const { x, y, width, height } = area;
  const tint = nodeTint(node.color, defs[node.type]?.category ?? "");
  const phase = runs[runKey(idHere(node.id))]?.phase;
  context.globalAlpha = node.mode === MODE.muted ? 0.4 : 1;
  context.fillStyle = color("--panel");
  context.fillRect(x, y, width, height);
  context.globalAlpha *= 0.45;
  context.fillStyle = tint;
  context.fillRect(x, y, width, HEADER);
  context.globalAlpha = 1;
  const isMarked = selected.has(node.id) || phase === "running";
  context.lineWidth = (isMarked || phase === "error" ? 2 : 1) / zoom;
  context.strokeStyle = color(phase === "error" ? "--danger" : isMarked ? "--focus" : "--line-strong");
  context.strokeRect(x, y, width, height);
  if (22 * zoom < READABLE) return;
  context.fillStyle = color("--text");
  context.font = `600 22px ${color("--font")}`;
  context.fillText(titleOf(doc, defs, node.id), x + 12, y + HEADER * 2, width - 24);
}
