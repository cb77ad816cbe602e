/** Changes of the mask: each is one step that can be undone. */
import { t, type MessageKey } from "@/i18n";

import { pushed, topOf, type Step } from "./history";
import { reordered, type Layer } from "./layers";
import { newPlane, type Plane, type Rect } from "./plane";
import { activeLayer, maskStore, say, type MaskState } from "./state";
import { changedOnly, layCoverage, remember, swapTiles, weightOf, type Paint, type Tiles } from "./tiles";

const get = maskStore.getState;

/** The highest step so far, so that a number names one state of the mask and no other. */
const nextId = ({ history, saved }: MaskState): number => 1 + Math.max(saved, topOf(history), ...history.future.map(({ id }) => id));

export const markDirty = (...rects: readonly Rect[]): void => maskStore.setState({ dirty: { rects } });

function push(label: MessageKey, change: Partial<Pick<Step, "pixels" | "weight" | "mark">>): void {
  const state = get();
  const step: Step = { id: nextId(state), label, layers: state.layers, active: state.active, pixels: null, weight: 64, mark: null, ...change };
  maskStore.setState({ history: pushed(state.history, step) });
}

/** Ends a change of bytes whose tiles were remembered before it; without any change there is no step. */
export function commitPixels(label: MessageKey, plane: Plane, tiles: Tiles): boolean {
  const changed = changedOnly(plane, tiles);
  if (changed.size === 0) return false;
  push(label, { pixels: { plane, tiles: changed }, weight: weightOf(changed) });
  return true;
}

/** Lays a whole coverage over the active layer. */
export function applyCoverage(label: MessageKey, coverage: Plane, rect: Rect, paint: Paint): boolean {
  const layer = paintable();
  if (layer === null) return false;
  const tiles: Tiles = new Map();
  remember(layer.plane, rect, tiles);
  layCoverage(layer.plane, tiles, coverage, rect, paint);
  markDirty(rect);
  return commitPixels(label, layer.plane, tiles);
}

/** Puts changed tiles in the place of a layer's own, which the step keeps. */
export function putTiles(label: MessageKey, plane: Plane, tiles: Tiles): void {
  if (tiles.size === 0) return say(t("mask.said.nothing"));
  markDirty(...swapTiles(plane, tiles));
  push(label, { pixels: { plane, tiles }, weight: weightOf(tiles) });
  say(t(label));
}

/** While all of a layer is being changed nothing else may change the mask; a word about it. */
export function isHeldUp(): boolean {
  const { busy } = get();
  if (busy === null) return false;
  const note = t("mask.note.busy", { step: t(busy.label) });
  maskStore.setState({ note });
  say(note);
  return true;
}

/** The layer to paint on, or null with a word about why not. */
export function paintable(): Layer | null {
  const layer = activeLayer(get());
  if (layer === undefined || isHeldUp()) return null;
  if (!layer.isVisible) {
    maskStore.setState({ note: t("mask.note.hidden", { name: layer.name }) });
    say(t("mask.note.hidden", { name: layer.name }));
    return null;
  }
  return layer;
}

// Back and forth

export function undo(): void {
  const { history } = get();
  const step = history.past.at(-1);
  if (step === undefined) return say(t("mask.said.noUndo"));
  if (isHeldUp()) return;
  const turned = turn(step);
  maskStore.setState({ history: { ...history, past: history.past.slice(0, -1), future: [...history.future, turned] } });
  say(t("mask.said.undone", { step: t(step.label) }));
}

export function redo(): void {
  const { history } = get();
  const step = history.future.at(-1);
  if (step === undefined) return say(t("mask.said.noRedo"));
  if (isHeldUp()) return;
  const turned = turn(step);
  maskStore.setState({ history: { ...history, past: [...history.past, turned], future: history.future.slice(0, -1) } });
  say(t("mask.said.redone", { step: t(step.label) }));
}

/** Takes the newest step back as if it had not been, to do it again in another way. */
export function takeBack(id: number): boolean {
  const { history } = get();
  const step = history.past.at(-1);
  if (step?.id !== id || isHeldUp()) return false;
  turn(step);
  maskStore.setState({ history: { ...history, past: history.past.slice(0, -1) } });
  return true;
}

function turn(step: Step): Step {
  const { layers, active } = get();
  if (step.pixels !== null) markDirty(...swapTiles(step.pixels.plane, step.pixels.tiles));
  maskStore.setState({ layers: step.layers, active: step.active, outline: null });
  return { ...step, layers, active };
}

// Layers

function setLayers(label: MessageKey, layers: readonly Layer[], active = get().active, change: Partial<Step> = {}): void {
  if (layers === get().layers || isHeldUp()) return;
  push(label, change);
  maskStore.setState({ layers, active, note: null });
}

export function addLayer(): void {
  const { layers, active, picture } = get();
  if (picture === null) return;
  const layer = newLayer(layers, newPlane(picture.width, picture.height));
  const at = layers.findIndex(({ id }) => id === active) + 1;
  setLayers("mask.step.addLayer", [...layers.slice(0, at), layer, ...layers.slice(at)], layer.id);
  say(t("mask.said.layer", { name: layer.name }));
}

export function newLayer(layers: readonly Layer[], plane: Plane): Layer {
  const number = 1 + Math.max(0, ...layers.map(({ id }) => Number(id)));
  return { id: String(number), name: t("mask.layer.name", { number }), plane, isVisible: true, opacity: 1, mode: "add" };
}

export function copyLayer(id: string): void {
  const { layers } = get();
  const at = layers.findIndex((layer) => layer.id === id);
  const source = layers[at];
  if (source === undefined) return;
  const fresh = newLayer(layers, { ...source.plane, data: source.plane.data.slice() });
  const copy: Layer = { ...source, id: fresh.id, plane: fresh.plane, name: t("mask.layer.copyOf", { name: source.name }) };
  setLayers("mask.step.copyLayer", [...layers.slice(0, at + 1), copy, ...layers.slice(at + 1)], copy.id);
  say(t("mask.said.layer", { name: copy.name }));
}

/** The last layer cannot be deleted, only cleared. */
export function deleteLayer(id: string): void {
  const { layers, active } = get();
  const at = layers.findIndex((layer) => layer.id === id);
  const layer = layers[at];
  if (layer === undefined || layers.length < 2) return;
  const rest = layers.filter((other) => other !== layer);
  const next = active === id ? (rest[Math.max(0, at - 1)]?.id ?? "") : active;
  setLayers("mask.step.deleteLayer", rest, next, { weight: layer.plane.data.length });
  say(t("mask.said.deleted", { name: layer.name }));
}

export function moveLayer(id: string, by: number): void {
  setLayers("mask.step.moveLayer", reordered(get().layers, id, by));
}

export function changeLayer(id: string, change: Partial<Pick<Layer, "name" | "isVisible" | "opacity" | "mode">>): void {
  const [field = ""] = Object.keys(change);
  const mark = field === "opacity" || field === "name" ? `${field} ${id}` : null;
  setLayers("mask.step.changeLayer", get().layers.map((layer) => (layer.id === id ? { ...layer, ...change } : layer)), get().active, { mark });
}

export function chooseLayer(id: string): void {
  const layer = get().layers.find((each) => each.id === id);
  if (layer === undefined) return;
  maskStore.setState({ active: id, note: null });
  say(t("mask.said.layer", { name: layer.name }));
}

/** The layer above (`by` > 0) or below the active one. */
export function stepLayer(by: number): void {
  const { layers, active } = get();
  const next = layers[layers.findIndex(({ id }) => id === active) + by];
  if (next !== undefined) chooseLayer(next.id);
}
