/** Whether the graph runs by itself, and how. */
import { create } from "zustand";

export type AutoQueue = "off" | "instant" | "change";

export interface LiveState {
  /** The tab that runs live; null is none. */
  readonly tab: string | null;
  readonly auto: AutoQueue;
  /** What went wrong in the last live run. */
  readonly problem: string | null;
  /** How long live runs take, in ms. */
  readonly usual: number | null;
}

export const liveStore = create<LiveState>()(() => ({ tab: null, auto: "off", problem: null, usual: null }));
