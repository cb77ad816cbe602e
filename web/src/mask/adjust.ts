/** Commands on the whole active layer, and the steps of settings by keys. */
import { t, type MessageKey } from "@/i18n";

import { adjustPick } from "./draw";
import { changedLater, changedTiles, type Change, type Job } from "./change";
import { paintable, putTiles } from "./edit";
import { dropOutline } from "./outline";
import { reason } from "./save";
import { maskStore, say, type Tool } from "./state";
import type { Tiles } from "./tiles";

const get = maskStore.getState;

/** Pixels from which on one would notice the work: it is done beside the page. */
const LARGE = 3_000_000;
export const LARGEST_SIZE = 1000;
export const FARTHEST = 200;
export const TOLERANCE = 255;

function change(label: MessageKey, wanted: Change): void {
  const layer = get().isDrawing ? null : paintable();
  if (layer === null) return;
  const job = { plane: layer.plane, change: wanted };
  if (layer.plane.data.length < LARGE) putTiles(label, layer.plane, changedTiles(job));
  else begin(label, job);
}

/** From here on until it is done or stopped, strokes and steps have to wait. */
function begin(label: MessageKey, job: Job): void {
  const control = new AbortController();
  const work = changedLater(job, control.signal);
  const done = finish(label, job, work, control.signal);
  maskStore.setState({ busy: { label, done, stop: () => control.abort() }, note: null });
  say(`${t(label)}…`);
}

async function finish(label: MessageKey, { plane }: Job, work: Promise<Tiles>, signal: AbortSignal): Promise<void> {
  try {
    const tiles = await work;
    maskStore.setState({ busy: null, note: null });
    if (!signal.aborted) putTiles(label, plane, tiles);
  } catch (error) {
    const note = signal.aborted ? null : t("mask.note.failed", { step: t(label), why: reason(error) });
    maskStore.setState({ busy: null, note });
    say(note ?? t("mask.said.stopped", { step: t(label) }));
  }
}

/** Gives up the change that is under way. Returns whether there was one. */
export function stopChange(): boolean {
  const { busy } = get();
  busy?.stop();
  return busy !== null;
}

export const invert = (): void => change("mask.step.invert", { kind: "invert" });
export const clearLayer = (): void => change("mask.step.clear", { kind: "clear" });
export const growLayer = (): void => change("mask.step.grow", { kind: "grow", by: get().reach });
export const shrinkLayer = (): void => change("mask.step.shrink", { kind: "shrink", by: get().reach });
export const featherLayer = (): void => change("mask.step.feather", { kind: "feather", by: get().softness });
export const closeHoles = (): void => change("mask.step.holes", { kind: "holes" });

export function chooseTool(tool: Tool): void {
  dropOutline();
  maskStore.setState({ tool, note: null });
  say(t(`mask.tool.${tool}`));
}

export function setErases(erases: boolean): void {
  maskStore.setState({ erases });
  say(t(erases ? "mask.mode.erase" : "mask.mode.paint"));
}

export function chooseEraser(): void {
  chooseTool("brush");
  setErases(true);
}

export function chooseBrush(): void {
  chooseTool("brush");
  setErases(false);
}

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Fills have no size: for them the same keys turn the tolerance. */
export function turnSize(direction: 1 | -1): void {
  const { tool, size, tolerance } = get();
  if (tool === "fill" || tool === "color") {
    const next = within(tolerance + direction * 4, 0, TOLERANCE);
    adjustPick({ tolerance: next });
    return say(t("mask.said.tolerance", { value: next }));
  }
  const next = within(Math.round(size + direction * Math.max(1, size * 0.12)), 1, LARGEST_SIZE);
  maskStore.setState({ size: next });
  say(t("mask.said.size", { value: next }));
}

function turnPart(field: "hardness" | "opacity" | "display", by: number, label: "mask.said.hardness" | "mask.said.opacity" | "mask.said.display"): void {
  const next = within(Math.round((get()[field] + by) * 100) / 100, field === "hardness" ? 0 : 0.05, 1);
  maskStore.setState({ [field]: next });
  say(t(label, { percent: Math.round(next * 100) }));
}

export const turnHardness = (direction: 1 | -1): void => turnPart("hardness", 0.1 * direction, "mask.said.hardness");
export const turnOpacity = (direction: 1 | -1): void => turnPart("opacity", 0.1 * direction, "mask.said.opacity");
export const turnDisplay = (direction: 1 | -1): void => turnPart("display", 0.1 * direction, "mask.said.display");

export function turnTip(): void {
  const shape = get().shape === "round" ? "square" : "round";
  maskStore.setState({ shape });
  say(t(`mask.shape.${shape}`));
}
