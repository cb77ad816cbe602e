/** How this person likes the canvas: settings as the canvas reads them, and whether all wires are hidden. */
import { create } from "zustand";

import { setSetting, setting, settingsStore, useSetting } from "@/settings/store";

import type { LinkStyle } from "./wirePath";

export type PanMode = "mouse" | "trackpad";

export const LINK_STYLES: readonly LinkStyle[] = ["spline", "straight", "linear"];
export const PAN_MODES: readonly PanMode[] = ["mouse", "trackpad"];

const styleOf = (value: string): LinkStyle => LINK_STYLES.find((style) => style === value) ?? "spline";

export const useLinkStyle = (): LinkStyle => styleOf(useSetting("linkStyle"));
export const linkStyle = (): LinkStyle => styleOf(setting("linkStyle"));
export const usePanMode = (): PanMode => (useSetting("panMode") === "trackpad" ? "trackpad" : "mouse");
/** Nodes stop at multiples of this; 1 is anywhere. */
export const gridSize = (): number => (setting("snapToGrid") ? Math.max(1, setting("grid")) : 1);
export const useGrid = (): number => settingsStore((state) => (state.snapToGrid ? Math.max(1, state.grid) : 1));
export const hasGuides = (): boolean => setting("guides");

export const nextLinkStyle = (): void => setSetting("linkStyle", LINK_STYLES[(LINK_STYLES.indexOf(styleOf(setting("linkStyle"))) + 1) % LINK_STYLES.length] ?? "spline");

/** Wires are drawn for what is selected or under the pointer only. */
export const wireStore = create<{ readonly areHidden: boolean }>()(() => ({ areHidden: false }));
export const toggleWires = (): void => wireStore.setState(({ areHidden }) => ({ areHidden: !areHidden }));
