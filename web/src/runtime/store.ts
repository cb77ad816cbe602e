/** What happens while workflows run: never part of the document, never undone. */
import { create } from "zustand";

import type { FileRef, GalleryItem } from "@/api/client";

export type NodePhase = "idle" | "queued" | "running" | "done" | "cached" | "error" | "skipped";

export interface NodeRun {
  readonly phase: NodePhase;
  readonly value: number;
  readonly max: number;
  readonly preview: string | null;
  readonly images: readonly FileRef[];
  readonly texts: readonly string[];
  readonly seconds: number | null;
  /** Sentence about the whole node. */
  readonly error: string | null;
  /** Sentences by input name. */
  readonly inputErrors: Readonly<Record<string, string>>;
  readonly traceback: readonly string[];
}

export const IDLE: NodeRun = {
  ...{ phase: "idle", value: 0, max: 0, preview: null, images: [], texts: [], seconds: null, error: null },
  ...{ inputErrors: {}, traceback: [] },
};

export type WorkerState = "starting" | "ready" | "restarting";

export interface RuntimeState {
  readonly connection: "connecting" | "open" | "lost";
  /** Milliseconds from one try to reach the server to the next. */
  readonly retryIn: number;
  readonly worker: WorkerState;
  readonly queueRemaining: number;
  /** The run that is being executed for this canvas, and its node. */
  readonly run: string | null;
  readonly node: string | null;
  /** Share of the current run that is done, 0 to 1. */
  readonly progress: number;
  readonly nodes: Readonly<Record<string, NodeRun>>;
  readonly gallery: readonly GalleryItem[];
  /** Grows whenever queue or history may have changed. */
  readonly jobsVersion: number;
}

export const runtimeStore = create<RuntimeState>()(() => ({
  ...{ connection: "connecting", retryIn: 0, worker: "ready", queueRemaining: 0, run: null, node: null, progress: 0 },
  ...{ nodes: {}, gallery: [], jobsVersion: 0 },
}));

export const runOf = (id: string): NodeRun => runtimeStore.getState().nodes[id] ?? IDLE;

export function patchNode(id: string, change: Partial<NodeRun>): void {
  runtimeStore.setState((state) => ({ nodes: { ...state.nodes, [id]: { ...(state.nodes[id] ?? IDLE), ...change } } }));
}

export function patchAll(change: (run: NodeRun, id: string) => NodeRun): void {
  runtimeStore.setState((state) => ({
    nodes: Object.fromEntries(Object.entries(state.nodes).map(([id, run]) => [id, change(run, id)])),
  }));
}

/** Results of another document do not belong to this one. */
export function forgetNodes(): void {
  for (const run of Object.values(runtimeStore.getState().nodes)) if (run.preview !== null) URL.revokeObjectURL(run.preview);
  runtimeStore.setState({ nodes: {}, progress: 0 });
}

export function addToGallery(items: readonly GalleryItem[]): void {
  const key = (item: FileRef): string => `${item.type}/${item.subfolder}/${item.filename}`;
  const fresh = new Set(items.map(key));
  runtimeStore.setState((state) => ({ gallery: [...items, ...state.gallery.filter((item) => !fresh.has(key(item)))].slice(0, 200) }));
}
