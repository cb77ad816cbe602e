/** Websocket messages -> run-time state. */
import { parseFileRefs } from "@/api/client";
import type { PreviewFrame } from "@/api/frames";
import { list, text } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";

import { showPreview } from "./previews";
import { addToGallery, IDLE, patchAll, patchNode, runtimeStore, type NodeRun } from "./store";

export interface EventHandlers {
  readonly onError: (node: string, title: string, message: string) => void;
}

/** Inside subgraphs ids are paths; on the canvas the outermost instance stands for all of it. */
export const visibleId = (id: string): string => id.split(":")[0] ?? id;

type Handler = (data: JsonObject, handlers: EventHandlers) => void;

const bump = (): void => runtimeStore.setState((state) => ({ jobsVersion: state.jobsVersion + 1 }));

const HANDLERS: Readonly<Record<string, Handler>> = {
  status: (data) => {
    const status = isObject(data["status"]) ? data["status"] : {};
    const info = isObject(status["exec_info"]) ? status["exec_info"] : {};
    runtimeStore.setState({ queueRemaining: Number(info["queue_remaining"] ?? 0) });
    bump();
  },
  worker: (data) => {
    const state = data["state"];
    if (state === "starting" || state === "ready" || state === "restarting") runtimeStore.setState({ worker: state });
  },
  execution_start: (data) => {
    runtimeStore.setState({ run: text(data["prompt_id"]), node: null, progress: 0 });
    patchAll((run) => ({ ...run, phase: "queued", value: 0, max: 0, error: null, inputErrors: {}, traceback: [], seconds: null }));
    bump();
  },
  execution_cached: (data) => {
    if (!isCurrent(data)) return;
    for (const id of list(data["nodes"])) patchNode(visibleId(text(id)), { phase: "cached", seconds: null });
  },
  executing: (data) => {
    if (!isCurrent(data)) bump();
    else if (data["node"] === null) finish();
    else start(visibleId(text(data["display_node"] ?? data["node"])));
  },
  progress: (data) => {
    const node = visibleId(text(data["display_node"] ?? data["node"]));
    if (node !== "" && isCurrent(data)) patchNode(node, { phase: "running", value: Number(data["value"]), max: Number(data["max"]) });
  },
  progress_state: (data) => {
    if (!isCurrent(data)) return;
    const nodes = isObject(data["nodes"]) ? Object.values(data["nodes"]).filter(isObject) : [];
    const share = (node: JsonObject): number => Number(node["value"]) / Math.max(1, Number(node["max"]));
    const total = Math.max(nodes.length, expectedNodes());
    if (total > 0) runtimeStore.setState({ progress: nodes.reduce((sum, node) => sum + Math.min(1, share(node)), 0) / total });
  },
  executed: (data) => executed(visibleId(text(data["display_node"] ?? data["node"])), data),
  node_timing: (data) => {
    if (!isCurrent(data) || isExpanded(data)) return;
    const cached = data["cached"] === true;
    patchNode(visibleId(text(data["node"])), { phase: cached ? "cached" : "done", seconds: cached ? null : Number(data["seconds"]) });
  },
  node_skipped: (data) => {
    if (isCurrent(data)) patchNode(visibleId(text(data["node"])), { phase: "skipped" });
  },
  execution_error: (data, handlers) => {
    const node = visibleId(text(data["node_id"]));
    const message = text(data["exception_message"]).trim();
    patchNode(node, { phase: "error", error: message, traceback: list(data["traceback"]).map(text) });
    handlers.onError(node, text(data["node_type"]), message);
    bump();
  },
  execution_interrupted: bump,
  execution_success: bump,
};

/** Whether a message is of the run that began last: the one before it may still be writing its files. */
const isCurrent = (data: JsonObject): boolean => {
  const { run } = runtimeStore.getState();
  return run === null || data["prompt_id"] === undefined || run === data["prompt_id"];
};

/** Whether a message is of a node that another one made. */
const isExpanded = (data: JsonObject): boolean => data["display_node"] !== undefined && data["display_node"] !== data["node"];

export function onMessage(type: string, data: JsonObject, handlers: EventHandlers): void {
  HANDLERS[type]?.(data, handlers);
}

export function onPreview(frame: PreviewFrame): void {
  const node = frame.node === null ? runtimeStore.getState().node : visibleId(frame.node);
  if (node !== null) showPreview(node, frame.image);
}

function start(node: string): void {
  const before = runtimeStore.getState().node;
  if (before !== null && before !== node) settle(before);
  runtimeStore.setState({ node });
  patchNode(node, { phase: "running", value: 0, max: 0 });
}

/** A node that gave way to another has done its work, unless it said otherwise. */
function settle(node: string): void {
  const run = runtimeStore.getState().nodes[node];
  if (run?.phase === "running") patchNode(node, { phase: "done" });
}

function finish(): void {
  patchAll((run): NodeRun => {
    if (run.phase === "running") return { ...run, phase: "done" };
    return run.phase === "queued" ? { ...run, phase: "idle" } : run;
  });
  runtimeStore.setState({ run: null, node: null, progress: 0 });
  bump();
}

function executed(node: string, data: JsonObject): void {
  const output = isObject(data["output"]) ? data["output"] : {};
  const images = parseFileRefs(output["images"]);
  const before = runtimeStore.getState().nodes[node] ?? IDLE;
  const shown = { images, texts: list(output["text"]).map(text) };
  // Pictures of the run before, or of a part of the node, say nothing of how far the node itself is.
  if (!isCurrent(data) || isExpanded(data)) patchNode(node, shown);
  else
    patchNode(node, {
      ...shown,
      phase: before.phase === "cached" ? "cached" : "done",
      seconds: typeof data["seconds"] === "number" && before.phase !== "cached" ? data["seconds"] : before.seconds,
    });
  const saved = images.filter((image) => image.type === "output");
  if (saved.length > 0) addToGallery(saved.map((image) => ({ ...image, prompt_id: text(data["prompt_id"]), node_id: node })).reverse());
}

const expectedNodes = (): number => Object.values(runtimeStore.getState().nodes).filter((run) => run.phase !== "idle").length;
