/** State of the surroundings: drawers, palette, what the pointer does. */
import { create } from "zustand";

import type { GalleryItem } from "@/api/client";
import type { NodeId, Point } from "@/model/types";

/** A line in `panels.ts` for each. */
export type Drawer = "nodes" | "workflows" | "models" | "queue";

/** The end of a wire that hangs in the air. */
export type WireEnd =
  | { readonly side: "output"; readonly node: NodeId; readonly slot: number; readonly type: string }
  | { readonly side: "input"; readonly node: NodeId; readonly input: string; readonly type: string };

export interface PaletteState {
  readonly mode: "all" | "nodes";
  /** Where a chosen node goes, in canvas coordinates; null is the middle of the view. */
  readonly at: Point | null;
  readonly wire: WireEnd | null;
}

export interface Confirmation {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly onConfirm: () => void;
}

export interface UiState {
  readonly drawer: Drawer | null;
  readonly inspector: boolean;
  readonly gallery: boolean;
  readonly minimap: boolean;
  readonly batch: number;
  readonly palette: PaletteState | null;
  readonly saving: boolean;
  readonly shortcuts: boolean;
  readonly confirmation: Confirmation | null;
  readonly lightbox: { readonly items: readonly GalleryItem[]; readonly index: number } | null;
  readonly renaming: NodeId | null;
  /** The wire being dragged. */
  readonly wire: WireEnd | null;
  /** A wire lifted off its input while it is dragged. */
  readonly lifted: number | null;
  readonly hoveredLink: number | null;
  /** A node to look at once: it flashes. */
  readonly flashed: NodeId | null;
}

const PREFERENCES = "heddle.preferences";
type Preferences = Partial<Pick<UiState, "drawer" | "inspector" | "gallery" | "minimap">>;

function preferences(): Preferences {
  try {
    return JSON.parse(localStorage.getItem(PREFERENCES) ?? "{}") as Preferences;
  } catch {
    return {};
  }
}

export const uiStore = create<UiState>()(() => ({
  ...{ drawer: null, inspector: window.innerWidth >= 1600, gallery: true, minimap: true, batch: 1 },
  ...{ palette: null, saving: false, shortcuts: false, confirmation: null, lightbox: null, renaming: null },
  ...{ wire: null, lifted: null, hoveredLink: null, flashed: null },
  ...preferences(),
}));

uiStore.subscribe(({ drawer, inspector, gallery, minimap }, before) => {
  const same = before.drawer === drawer && before.inspector === inspector && before.gallery === gallery && before.minimap === minimap;
  if (!same) localStorage.setItem(PREFERENCES, JSON.stringify({ drawer, inspector, gallery, minimap }));
});

export const toggleDrawer = (drawer: Drawer): void => uiStore.setState((state) => ({ drawer: state.drawer === drawer ? null : drawer }));

export function openPalette(mode: PaletteState["mode"], at: Point | null = null, wire: WireEnd | null = null): void {
  uiStore.setState({ palette: { mode, at, wire } });
}
