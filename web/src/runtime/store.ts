/** What happens while workflows run: never part of the document, never undone. */
import { create } from "zustand";

import type { FileRef, GalleryItem } from "@/api/client";
import type { JsonObject } from "@/formats/json";
import { currentTab } from "@/model/document";

export type NodePhase = "idle" | "queued" | "running" | "waiting" | "done" | "cached" | "error" | "skipped";

/** What a node asks a person before it goes on. */
export interface Question {
  readonly job: string;
  /** Execution id of the node that asks. */
  readonly node: string;
  readonly kind: string;
  readonly images: readonly FileRef[];
  readonly least: number;
  readonly most: number;
  readonly message: string;
}

export interface NodeRun {
  readonly phase: NodePhase;
  readonly value: number;
  readonly max: number;
  readonly preview: string | null;
  readonly images: readonly FileRef[];
  readonly texts: readonly string[];
  /** All that the node has to show, by kind: packs name kinds of their own. */
  readonly output: JsonObject;
  readonly seconds: number | null;
  /** The most memory that was held during the call, in bytes. */
  readonly peak: number | null;
  readonly question: Question | null;
  /** Sentence about the whole node. */
  readonly error: string | null;
  /** Sentences by input name. */
  readonly inputErrors: Readonly<Record<string, string>>;
  readonly traceback: readonly string[];
}

export const IDLE: NodeRun = {
  ...{ phase: "idle", value: 0, max: 0, preview: null, images: [], texts: [], output: {}, seconds: null, peak: null, question: null, error: null },
  ...{ inputErrors: {}, traceback: [] },
};

export type WorkerState = "starting" | "ready" | "restarting";

/** A run that was queued from here. */
export interface SentJob {
  /** The open workflow that it belongs to. */
  readonly tab: string;
  /** Execution ids of its nodes. */
  readonly nodes: readonly string[];
  /** Its errors show at the nodes, and nowhere else. */
  readonly isQuiet?: boolean;
}

/** Why a workflow was not taken as a whole, by no fault of one node. */
export interface Refusal {
  /** The server said it; otherwise it could not be asked. */
  readonly isAnswer: boolean;
  readonly sentence: string;
  /** The command that leads to what would be right; null where none does. */
  readonly command: string | null;
}

export interface RuntimeState {
  readonly connection: "connecting" | "open" | "lost";
  /** Milliseconds from one try to reach the server to the next. */
  readonly retryIn: number;
  readonly worker: WorkerState;
  readonly queueRemaining: number;
  readonly isPaused: boolean;
  /** The run that is being executed for this canvas, and its node by execution id. */
  readonly run: string | null;
  readonly node: string | null;
  /** Share of the current run that is done, 0 to 1. */
  readonly progress: number;
  /** By `runKey`: nodes of all open workflows, and of the insides of their subgraphs. */
  readonly nodes: Readonly<Record<string, NodeRun>>;
  /** By open workflow, until its next run. */
  readonly refusals: Readonly<Record<string, Refusal>>;
  /** Runs that were queued from here, by id. */
  readonly jobs: Readonly<Record<string, SentJob>>;
  readonly gallery: readonly GalleryItem[];
  /** The run from here that ended last, and how. */
  readonly ended: { readonly id: string; readonly outcome: "success" | "error" | "interrupted" } | null;
  /** Grows whenever queue or history may have changed. */
  readonly jobsVersion: number;
}

export const runtimeStore = create<RuntimeState>()(() => ({
  ...{ connection: "connecting", retryIn: 0, worker: "ready", queueRemaining: 0, isPaused: false, run: null, node: null, progress: 0 },
  ...{ nodes: {}, refusals: {}, jobs: {}, gallery: [], ended: null, jobsVersion: 0 },
}));

/** Where the run state of a node is kept; `id` is its execution id. */
export const runKey = (id: string, tab = currentTab()): string => `${tab}/${id}`;

/** The instances that a node is inside of, by execution id, innermost first. */
export function instancesAround(id: string): readonly string[] {
  const steps = id.split(":");
  return steps.slice(1).map((_step, i) => steps.slice(0, steps.length - 1 - i).join(":"));
}

export const runOf = (key: string): NodeRun => runtimeStore.getState().nodes[key] ?? IDLE;

export function patchNode(key: string, change: Partial<NodeRun>): void {
  runtimeStore.setState((state) => ({ nodes: { ...state.nodes, [key]: { ...(state.nodes[key] ?? IDLE), ...change } } }));
}

/** Changes the run state of all nodes of one open workflow. */
export function patchAll(tab: string, change: (run: NodeRun, key: string) => NodeRun): void {
  runtimeStore.setState((state) => ({
    nodes: Object.fromEntries(Object.entries(state.nodes).map(([key, run]) => [key, key.startsWith(`${tab}/`) ? change(run, key) : run])),
  }));
}

/** Remembers why a workflow was not taken, or forgets it. */
export function setRefusal(tab: string, refusal: Refusal | null): void {
  runtimeStore.setState(({ refusals }) => {
    const others = Object.entries(refusals).filter(([id]) => id !== tab);
    return { refusals: Object.fromEntries(refusal === null ? others : [...others, [tab, refusal]]) };
  });
}

/** Results of a document that is gone do not belong to the next. */
export function forgetNodes(tab = currentTab()): void {
  setRefusal(tab, null);
  const own = ([key]: [string, NodeRun]): boolean => key.startsWith(`${tab}/`);
  const entries = Object.entries(runtimeStore.getState().nodes);
  for (const [, run] of entries.filter(own)) if (run.preview !== null) URL.revokeObjectURL(run.preview);
  runtimeStore.setState({ nodes: Object.fromEntries(entries.filter((entry) => !own(entry))) });
}

const JOBS = "heddle.jobs";
const MOST_JOBS = 500;

/** Which workflow a run belongs to survives a reload. */
export function rememberJob(id: string, job: SentJob): void {
  runtimeStore.setState((state) => ({ jobs: Object.fromEntries([...Object.entries(state.jobs), [id, job] as const].slice(-MOST_JOBS)) }));
  try {
    sessionStorage.setItem(JOBS, JSON.stringify(runtimeStore.getState().jobs));
  } catch {
    // Full or forbidden: after a reload the run's progress shows in the queue only.
  }
}

export function recallJobs(): void {
  try {
    runtimeStore.setState({ jobs: JSON.parse(sessionStorage.getItem(JOBS) ?? "{}") as Record<string, SentJob> });
  } catch {
    runtimeStore.setState({ jobs: {} });
  }
}

export function addToGallery(items: readonly GalleryItem[]): void {
  const key = (item: FileRef): string => `${item.type}/${item.subfolder}/${item.filename}`;
  const fresh = new Set(items.map(key));
  runtimeStore.setState((state) => ({ gallery: [...items, ...state.gallery.filter((item) => !fresh.has(key(item)))].slice(0, 200) }));
}
