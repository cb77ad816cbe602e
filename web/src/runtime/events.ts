/** Websocket messages -> run-time state. */
import { parseFileRefs } from "@/api/client";
import type { PreviewFrame } from "@/api/frames";
import { list, text } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";

import { showPreview } from "./previews";
import { addToGallery, IDLE, instancesAround, patchAll, patchNode, runKey, runOf, runtimeStore, type NodeRun, type SentJob } from "./store";

export interface EventHandlers {
  /** `node` is an execution id, of the open workflow `tab`. */
  readonly onError: (tab: string, node: string, title: string, message: string) => void;
}

type Handler = (data: JsonObject, handlers: EventHandlers) => void;

export const jobsChanged = (): void => runtimeStore.setState((state) => ({ jobsVersion: state.jobsVersion + 1 }));

/** The workflow whose run a message is about; null for runs that were queued elsewhere. */
const jobOf = (data: JsonObject): SentJob | null => runtimeStore.getState().jobs[text(data["prompt_id"])] ?? null;

const shownId = (data: JsonObject): string => text(data["display_node"] ?? data["node"]);

const HANDLERS: Readonly<Record<string, Handler>> = {
  status: (data) => {
    const status = isObject(data["status"]) ? data["status"] : {};
    const info = isObject(status["exec_info"]) ? status["exec_info"] : {};
    runtimeStore.setState({ queueRemaining: Number(info["queue_remaining"] ?? 0), isPaused: info["paused"] === true });
    jobsChanged();
  },
  worker: (data) => {
    const state = data["state"];
    if (state === "starting" || state === "ready" || state === "restarting") runtimeStore.setState({ worker: state });
  },
  execution_start: (data) => {
    const job = jobOf(data);
    jobsChanged();
    if (job === null) return;
    runtimeStore.setState({ run: text(data["prompt_id"]), node: null, progress: 0 });
    const own = new Set(job.nodes.flatMap((id) => [id, ...instancesAround(id)]).map((id) => runKey(id, job.tab)));
    patchAll(job.tab, (run, key) => (own.has(key) ? { ...run, phase: "queued", value: 0, max: 0, error: null, inputErrors: {}, traceback: [], seconds: null, peak: null, question: null } : run));
  },
  execution_cached: (data) => {
    const job = jobOf(data);
    if (job === null || !isCurrent(data)) return;
    const cached = new Set(list(data["nodes"]).map(text));
    for (const id of cached) patchNode(runKey(id, job.tab), { phase: "cached", seconds: null, peak: null });
    for (const id of new Set([...cached].flatMap(instancesAround)))
      if (job.nodes.every((inner) => !inner.startsWith(`${id}:`) || cached.has(inner))) patchNode(runKey(id, job.tab), { phase: "cached", seconds: null });
  },
  executing: (data) => {
    const job = jobOf(data);
    if (!isCurrent(data)) jobsChanged();
    else if (data["node"] === null) finish(job);
    else if (job !== null) start(job.tab, shownId(data), text(data["prompt_id"]));
  },
  progress: (data) => {
    const job = jobOf(data);
    const id = shownId(data);
    if (id === "" || job === null || !isCurrent(data)) return;
    takeUp(data);
    for (const at of [id, ...instancesAround(id)]) patchNode(runKey(at, job.tab), { phase: "running", value: Number(data["value"]), max: Number(data["max"]) });
  },
  progress_state: (data) => {
    const job = jobOf(data);
    if (job === null || !isCurrent(data)) return;
    takeUp(data);
    const nodes = isObject(data["nodes"]) ? Object.values(data["nodes"]).filter(isObject) : [];
    const share = (node: JsonObject): number => Number(node["value"]) / Math.max(1, Number(node["max"]));
    const total = Math.max(nodes.length, job.nodes.length);
    if (total > 0) runtimeStore.setState({ progress: nodes.reduce((sum, node) => sum + Math.min(1, share(node)), 0) / total });
  },
  executed: (data) => {
    const job = jobOf(data);
    if (job !== null) executed(job.tab, shownId(data), data);
  },
  node_timing: (data) => {
    const job = jobOf(data);
    if (job === null || !isCurrent(data) || isExpanded(data)) return;
    timed(job.tab, text(data["node"]), data);
  },
  node_skipped: (data) => {
    const job = jobOf(data);
    if (job !== null && isCurrent(data)) patchNode(runKey(text(data["node"]), job.tab), { phase: "skipped" });
  },
  node_waiting: (data) => {
    const job = jobOf(data);
    if (job === null) return;
    const question = { job: text(data["prompt_id"]), node: text(data["node"]), kind: text(data["kind"]), images: parseFileRefs(data["images"]), least: Number(data["least"] ?? 1), most: Number(data["most"] ?? 0), message: text(data["message"]) };
    for (const at of [shownId(data), ...instancesAround(shownId(data))]) patchNode(runKey(at, job.tab), { phase: "waiting", question });
  },
  node_answered: (data) => {
    const job = jobOf(data);
    if (job === null) return;
    for (const at of [shownId(data), ...instancesAround(shownId(data))]) patchNode(runKey(at, job.tab), { phase: "running", question: null });
  },
  execution_error: (data, handlers) => {
    const job = jobOf(data);
    ended(data, "error");
    if (job === null) return;
    const id = text(data["node_id"]);
    const message = text(data["exception_message"]).trim();
    for (const at of [id, ...instancesAround(id)]) patchNode(runKey(at, job.tab), { phase: "error", error: message, traceback: list(data["traceback"]).map(text) });
    if (job.isQuiet !== true) handlers.onError(job.tab, id, text(data["node_type"]), message);
  },
  execution_interrupted: (data) => ended(data, "interrupted"),
  execution_success: (data) => ended(data, "success"),
};

function ended(data: JsonObject, outcome: "success" | "error" | "interrupted"): void {
  jobsChanged();
  const job = jobOf(data);
  if (job === null) return;
  runtimeStore.setState({ ended: { id: text(data["prompt_id"]), outcome } });
  // Nobody needs an answer any more.
  patchAll(job.tab, (run) => (run.question?.job === data["prompt_id"] ? { ...run, phase: "idle", question: null } : run));
}

/** Whether a message is of the run that began last: the one before it may still be writing its files. */
const isCurrent = (data: JsonObject): boolean => {
  const { run } = runtimeStore.getState();
  return run === null || data["prompt_id"] === undefined || run === data["prompt_id"];
};

/** After a reload in mid-run its progress is the first that is heard of it. */
function takeUp(data: JsonObject): void {
  if (runtimeStore.getState().run === null) runtimeStore.setState({ run: text(data["prompt_id"]) });
}

/** Whether a message is of a node that another one made. */
const isExpanded = (data: JsonObject): boolean => data["display_node"] !== undefined && data["display_node"] !== data["node"];

export function onMessage(type: string, data: JsonObject, handlers: EventHandlers): void {
  HANDLERS[type]?.(data, handlers);
}

export function onPreview(frame: PreviewFrame): void {
  const { node, run, jobs } = runtimeStore.getState();
  const id = frame.node ?? node;
  const job = jobs[frame.run ?? run ?? ""];
  if (id === null || job === undefined) return;
  for (const at of [id, ...instancesAround(id)]) showPreview(runKey(at, job.tab), frame.image);
}

function start(tab: string, id: string, run: string): void {
  const before = runtimeStore.getState().node;
  if (before !== null && before !== id) settle(tab, before, id);
  runtimeStore.setState({ node: id, run });
  patchNode(runKey(id, tab), { phase: "running", value: 0, max: 0, question: null });
  for (const at of instancesAround(id)) patchNode(runKey(at, tab), { phase: "running", question: null });
}

/** A node that gave way to another has done its work, unless it said otherwise; so has a subgraph that was left. */
function settle(tab: string, id: string, next: string): void {
  for (const at of [id, ...instancesAround(id)])
    if (!next.startsWith(`${at}:`) && runOf(runKey(at, tab)).phase === "running") patchNode(runKey(at, tab), { phase: "done" });
}

function finish(job: SentJob | null): void {
  if (job !== null)
    patchAll(job.tab, (run): NodeRun => {
      if (run.phase === "running" || run.phase === "waiting") return { ...run, phase: "done", question: null };
      return run.phase === "queued" ? { ...run, phase: "idle" } : run;
    });
  runtimeStore.setState({ run: null, node: null, progress: 0 });
  jobsChanged();
}

function timed(tab: string, id: string, data: JsonObject): void {
  const cached = data["cached"] === true;
  const seconds = Number(data["seconds"]);
  const peak = typeof data["peak_bytes"] === "number" ? data["peak_bytes"] : null;
  patchNode(runKey(id, tab), cached ? { phase: "cached", seconds: null, peak: null } : { phase: "done", seconds, peak });
  if (cached) return;
  // A subgraph takes as long as its nodes together, and as much memory as the greediest of them.
  for (const at of instancesAround(id)) {
    const whole = runOf(runKey(at, tab));
    patchNode(runKey(at, tab), { seconds: (whole.seconds ?? 0) + seconds, peak: peak === null ? whole.peak : Math.max(whole.peak ?? 0, peak) });
  }
}

function executed(tab: string, id: string, data: JsonObject): void {
  const output = isObject(data["output"]) ? data["output"] : {};
  const images = parseFileRefs(output["images"]);
  const key = runKey(id, tab);
  const before = runtimeStore.getState().nodes[key] ?? IDLE;
  const shown = { images, texts: list(output["text"]).map(text), output };
  // Pictures of the run before, or of a part of the node, say nothing of how far the node itself is.
  if (!isCurrent(data) || isExpanded(data)) patchNode(key, shown);
  else
    patchNode(key, {
      ...shown,
      phase: before.phase === "cached" ? "cached" : "done",
      seconds: typeof data["seconds"] === "number" && before.phase !== "cached" ? data["seconds"] : before.seconds,
    });
  if (images.length > 0) for (const at of instancesAround(id)) patchNode(runKey(at, tab), { images });
  const saved = images.filter((image) => image.type === "output");
  if (saved.length > 0) addToGallery(saved.map((image) => ({ ...image, prompt_id: text(data["prompt_id"]), node_id: id })).reverse());
}
