/** Commands of the view: zoom, fit, pan, and keeping the cursor in sight. */
import { t } from "@/i18n";

import type { Point } from "./plane";
import { maskStore, say, type Backdrop } from "./state";
import { centered, fitted, panned, toStage, zoomed, type View } from "./view";

const get = maskStore.getState;
const STEP = 1.25;
const BACKDROPS: readonly Backdrop[] = ["picture", "checker", "black", "white"];

export function zoomTo(zoom: number, at?: Point): void {
  const { view, stage, picture } = get();
  if (picture === null) return;
  maskStore.setState({ view: zoomed(view, at ?? { x: stage.width / 2, y: stage.height / 2 }, zoom, picture, stage) });
}

/** By a key or button: about the middle, and said. */
export function zoomStep(direction: 1 | -1): void {
  zoomTo(get().view.zoom * (direction > 0 ? STEP : 1 / STEP));
  sayZoom();
}

export function fit(): void {
  const { stage, picture } = get();
  if (picture !== null) maskStore.setState({ view: fitted(picture, stage) });
  sayZoom();
}

/** One pixel of the picture is one pixel of the page. */
export function fullSize(): void {
  const { stage, picture, cursor, view } = get();
  if (picture === null) return;
  const at = cursor && toStage(view, cursor);
  maskStore.setState({ view: at === null ? centered(picture, stage, 1) : zoomed(view, at, 1, picture, stage) });
  sayZoom();
}

const sayZoom = (): void => say(t("mask.said.zoom", { percent: Math.round(get().view.zoom * 100) }));

export function pan(by: Point): void {
  const { view, stage, picture } = get();
  if (picture !== null) maskStore.setState({ view: panned(view, by, picture, stage) });
}

/** A stage of another size: a picture that was fitted stays so, another keeps its middle. */
export function resizeStage(width: number, height: number): void {
  const { view, stage, picture } = get();
  if (picture === null || (stage.width === width && stage.height === height)) return;
  const next = { width, height };
  const isFitted = Math.abs(fitted(picture, stage).zoom / view.zoom - 1) < 1e-6 || stage.width <= 1;
  const moved: View = { ...view, x: view.x + (width - stage.width) / 2, y: view.y + (height - stage.height) / 2 };
  maskStore.setState({ stage: next, view: isFitted ? fitted(picture, next) : panned(moved, { x: 0, y: 0 }, picture, next) });
}

/** Pans just so far that the point can be seen. */
export function bringIntoSight(point: Point): void {
  const { view, stage } = get();
  const at = toStage(view, point);
  const overflow = (place: number, room: number): number => Math.max(24 - place, 0) + Math.min(room - 24 - place, 0);
  const by = { x: overflow(at.x, stage.width), y: overflow(at.y, stage.height) };
  if (by.x !== 0 || by.y !== 0) pan(by);
}

export function chooseBackdrop(backdrop: Backdrop): void {
  maskStore.setState({ backdrop });
  say(t(`mask.backdrop.${backdrop}`));
}

export const nextBackdrop = (): void => chooseBackdrop(BACKDROPS[(BACKDROPS.indexOf(get().backdrop) + 1) % BACKDROPS.length] ?? "picture");

/** Keys for the picture act again; a dialog that closes hands the focus back here. */
export function focusStage(event?: Event): void {
  event?.preventDefault();
  document.querySelector<HTMLElement>("[data-mask-stage]")?.focus();
}
