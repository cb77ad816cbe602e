/** How this person likes the canvas: kept in the browser, shown by the settings and the menu of the view. */
import { create } from "zustand";

import type { LinkStyle } from "./wirePath";

export type { LinkStyle } from "./wirePath";
export type PanMode = "mouse" | "trackpad";

export interface CanvasPreferences {
  readonly links: LinkStyle;
  /** Wires are drawn for what is selected or under the pointer only. */
  readonly hidesWires: boolean;
  /** With a mouse the wheel zooms; with a trackpad two fingers move the view and a pinch zooms. */
  readonly pan: PanMode;
  /** Nodes stop at multiples of this; 1 is anywhere. */
  readonly grid: number;
  /** Dragged nodes catch on the lines of their neighbours. */
  readonly guides: boolean;
}

export const LINK_STYLES: readonly LinkStyle[] = ["spline", "straight", "linear"];
export const PAN_MODES: readonly PanMode[] = ["mouse", "trackpad"];
export const GRIDS: readonly number[] = [1, 4, 8, 16, 24];

const KEY = "heddle.canvas";
const USUAL: CanvasPreferences = { links: "spline", hidesWires: false, pan: "mouse", grid: 4, guides: true };

/** What was kept, as far as it still makes sense. */
export function readPreferences(text: string | null): CanvasPreferences {
  try {
    const kept = JSON.parse(text ?? "{}") as Partial<CanvasPreferences> | null;
    return {
      links: LINK_STYLES.find((style) => style === kept?.links) ?? USUAL.links,
      hidesWires: kept?.hidesWires === true,
      pan: PAN_MODES.find((mode) => mode === kept?.pan) ?? USUAL.pan,
      grid: GRIDS.find((size) => size === kept?.grid) ?? USUAL.grid,
      guides: kept?.guides !== false,
    };
  } catch {
    return USUAL;
  }
}

const storage = (): Storage | null => (typeof localStorage === "undefined" ? null : localStorage);

export const canvasPreferences = create<CanvasPreferences>()(() => readPreferences(storage()?.getItem(KEY) ?? null));

canvasPreferences.subscribe((state) => storage()?.setItem(KEY, JSON.stringify(state)));

export const nextLinkStyle = (): void => canvasPreferences.setState(({ links }) => ({ links: LINK_STYLES[(LINK_STYLES.indexOf(links) + 1) % LINK_STYLES.length] ?? "spline" }));
export const toggleWires = (): void => canvasPreferences.setState(({ hidesWires }) => ({ hidesWires: !hidesWires }));
