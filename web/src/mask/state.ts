/** State of the open editor: settings, layers, history, view, and what is said about it. */
import { create } from "zustand";

import type { MessageKey } from "@/i18n";

import { EMPTY_HISTORY, topOf, type History } from "./history";
import type { Layer } from "./layers";
import type { Picture } from "./picture";
import type { Plane, Point, Rect } from "./plane";
import type { TipShape } from "./stroke";
import type { Size, View } from "./view";

export type Tool = "brush" | "rectangle" | "ellipse" | "lasso" | "fill" | "color";
export type Backdrop = "picture" | "black" | "white" | "checker";
export type Pressure = "none" | "size" | "opacity";

/** Kept from one opening to the next. */
export interface Settings {
  readonly tool: Tool;
  readonly erases: boolean;
  readonly shape: TipShape;
  /** Across, in pixels of the picture. */
  readonly size: number;
  readonly hardness: number;
  readonly opacity: number;
  readonly pressure: Pressure;
  readonly tolerance: number;
  readonly isContiguous: boolean;
  readonly fillsBy: "picture" | "mask";
  readonly reach: number;
  readonly softness: number;
  readonly color: string;
  readonly display: number;
  readonly backdrop: Backdrop;
}

/** The outline of what is being drawn, in pixels of the picture. */
export interface Outline {
  readonly points: readonly Point[];
  readonly isClosed: boolean;
}

export interface Pick {
  readonly tool: "fill" | "color";
  /** The pixel that was chosen, or null for a colour by itself. */
  readonly seed: number | null;
  readonly erases: boolean;
  /** The step that it became. */
  readonly step: number;
}

export type Saving = { readonly state: "idle" | "busy" } | { readonly state: "failed"; readonly why: string };

export interface Busy {
  readonly label: MessageKey;
  readonly stop: () => void;
  readonly done: Promise<void>;
}

export interface MaskState extends Settings {
  readonly picture: Picture | null;
  readonly layers: readonly Layer[];
  readonly active: string;
  readonly history: History;
  /** The step up to which the mask is saved. */
  readonly saved: number;
  /** Room for one stroke; empty between strokes. */
  readonly scratch: Plane | null;
  /** The parts of the picture whose bytes changed last. */
  readonly dirty: { readonly rects: readonly Rect[] } | null;
  readonly view: View;
  readonly stage: Size;
  readonly cursor: Point | null;
  readonly isByKeys: boolean;
  readonly outline: Outline | null;
  /** Where the last stroke ended: the next straight line begins there. */
  readonly last: Point | null;
  /** The first corner of a shape that is drawn with keys. */
  readonly corner: Point | null;
  /** A pointer is at work: keys that change the mask have to wait. */
  readonly isDrawing: boolean;
  /** What fill or colour select did last: a new tolerance does it again. */
  readonly pick: Pick | null;
  readonly picked: string;
  /** While true the mask is not shown. */
  readonly isCompared: boolean;
  /** Space is held: the pointer moves the picture. */
  readonly isPanning: boolean;
  readonly hasPanned: boolean;
  readonly hasPanel: boolean;
  readonly hasKeys: boolean;
  readonly isLeaving: boolean;
  readonly saving: Saving;
  /** All of a layer is being changed. */
  readonly busy: Busy | null;
  /** A sentence on the stage, such as why one cannot paint here. */
  readonly note: string | null;
  /** For the live region. */
  readonly said: string;
}

const CLOSED = {
  ...{ picture: null, layers: [], active: "", history: EMPTY_HISTORY, saved: 0, scratch: null, dirty: null },
  ...{ view: { zoom: 1, x: 0, y: 0 }, stage: { width: 1, height: 1 }, cursor: null, isByKeys: false, outline: null, last: null, corner: null, isDrawing: false, pick: null, picked: "#808080" },
  ...{ isCompared: false, isPanning: false, hasPanned: false, hasPanel: false, hasKeys: false, isLeaving: false, saving: { state: "idle" }, busy: null, note: null, said: "" },
} satisfies Omit<MaskState, keyof Settings>;

export const FIRST_SETTINGS: Settings = {
  ...{ tool: "brush", erases: false, shape: "round", size: 48, hardness: 0.8, opacity: 1, pressure: "size" },
  ...{ tolerance: 24, isContiguous: true, fillsBy: "picture", reach: 8, softness: 8, color: "#e0343f", display: 0.6, backdrop: "picture" },
};

export const maskStore = create<MaskState>()(() => ({ ...FIRST_SETTINGS, ...CLOSED }));

/** Lets go of the picture and its layers; the settings stay. */
export function reset(): void {
  maskStore.getState().busy?.stop();
  maskStore.setState(CLOSED);
}

/** The same words twice are said twice: a screen reader hears only what changes. */
export const say = (text: string): void => maskStore.setState(({ said }) => ({ said: said === text ? `${text}\u00a0` : text }));

export const isChanged = ({ history, saved, busy }: MaskState): boolean => busy !== null || topOf(history) !== saved;

export const activeLayer = ({ layers, active }: MaskState): Layer | undefined => layers.find(({ id }) => id === active);
