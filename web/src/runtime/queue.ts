/** Run: the document is written, converted and sent; then seeds move on. */
import { toast } from "sonner";

import { OfflineError, ServerError, submit } from "@/api/client";
import { clientId, currentDefs, isDirty, sessionStore, titleOf } from "@/app/session";
import { toApi, withReplacements } from "@/formats/convert";
import type { NodeDefs } from "@/formats/definitions";
import { readCanvas, text } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { showNode } from "@/canvas/viewport";
import { t } from "@/i18n";
import { amend, currentDoc } from "@/model/document";

import { failures, showFailures, type Failure } from "./failures";
import { advanceSeeds } from "./seeds";
import { IDLE, patchAll, runtimeStore } from "./store";

export interface RunOptions {
  readonly count?: number;
  readonly front?: boolean;
  /** Only these output nodes. */
  readonly targets?: readonly string[];
}

let isSending = false;

/** Queues the document `count` times. A click while another is being sent waits for nothing and sends again. */
export async function run({ count = 1, front = false, targets }: RunOptions = {}): Promise<void> {
  if (Object.keys(currentDoc().nodes).length === 0) {
    toast.info(t("run.empty"));
    return;
  }
  while (isSending) await new Promise((resolve) => setTimeout(resolve, 20));
  isSending = true;
  try {
    clearErrors();
    for (let i = 0; i < count; i += 1) await sendOnce(front, targets);
  } catch (error) {
    explain(error);
  } finally {
    isSending = false;
  }
}

async function sendOnce(front: boolean, targets: readonly string[] | undefined): Promise<void> {
  const defs = currentDefs();
  const workflow = writeDocument(currentDoc(), defs);
  const { prompt, replacements } = toApi(readCanvas(workflow), defs);
  const accepted = await submit({
    ...{ clientId, front, prompt: prompt as unknown as JsonObject, workflow: withReplacements(workflow, defs, replacements) },
    ...(targets === undefined ? {} : { targets }),
  });
  markQueued(Object.keys(prompt));
  report(failures(accepted.nodeErrors));
  moveSeeds(defs);
}

/** Seeds that move on are no unsaved work of anybody. */
function moveSeeds(defs: NodeDefs): void {
  const wasSaved = !isDirty();
  amend((doc) => advanceSeeds(doc, defs));
  if (wasSaved) sessionStore.setState({ savedDoc: currentDoc() });
}

/** While nothing runs, the nodes that will be worked on say so. */
function markQueued(ids: readonly string[]): void {
  runtimeStore.setState((state) => {
    if (state.run !== null) return {};
    const queued = ids.map((id) => id.split(":")[0] ?? id).map((id) => [id, { ...(state.nodes[id] ?? IDLE), phase: "queued" as const }]);
    return { nodes: { ...state.nodes, ...Object.fromEntries(queued) } };
  });
}

function clearErrors(): void {
  patchAll((run) => (run.phase === "error" ? { ...run, phase: "idle", error: null, inputErrors: {}, traceback: [] } : run));
}

function explain(error: unknown): void {
  if (error instanceof OfflineError) toast.error(t("run.noServer"));
  else if (error instanceof ServerError) refused(error);
  else throw error;
}

function refused({ body, message }: ServerError): void {
  const root = isObject(body) ? body : {};
  const found = failures(isObject(root["node_errors"]) ? root["node_errors"] : {});
  if (found.length > 0) report(found);
  else whole(isObject(root["error"]) ? root["error"] : {}, message);
}

function report(found: readonly Failure[]): void {
  const first = found[0];
  if (first === undefined) return;
  showFailures(found);
  const description = `${titleOf(currentDoc(), currentDefs(), first.node)}: ${first.sentence}`;
  toast.error(t("run.invalid", { count: found.length }), { description, action: { label: t("run.show"), onClick: () => showNode(first.node) } });
}

/** An error about the workflow as a whole, or about one node of unknown type. */
function whole(error: JsonObject, fallback: string): void {
  const info = isObject(error["extra_info"]) ? error["extra_info"] : {};
  const node = text(info["node_id"]);
  const description = error["type"] === "missing_node_type" && info["class_type"] !== undefined
    ? t("error.missing_node_type", { type: text(info["class_type"]) })
    : [text(error["message"]) || fallback, text(error["details"])].filter((part) => part !== "").join(" · ");
  if (node !== "") showFailures([{ node, input: null, sentence: description }]);
  toast.error(t("run.rejected"), {
    description,
    ...(node === "" ? {} : { action: { label: t("run.show"), onClick: () => showNode(node) } }),
  });
}
