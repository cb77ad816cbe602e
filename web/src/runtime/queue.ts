/** Run: the document is written, converted and sent; then seeds move on. */
import { toast } from "sonner";

import { OfflineError, ServerError, submit } from "@/api/client";
import { toApi, withReplacements, type ConvertOptions } from "@/formats/convert";
import type { NodeDefs } from "@/formats/definitions";
import { readCanvas, text } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { showExecuted } from "@/canvas/viewport";
import { hasMessage, t } from "@/i18n";
import { withSubgraphs } from "@/model/definitions";
import { currentTab, currentWhole } from "@/model/document";
import { graphOf, pageOf, splitExecutionId, subgraphAt } from "@/model/pages";
import type { Doc } from "@/model/types";
import { freshUuid } from "@/model/uuid";
import { consoleStore } from "@/panels/console";
import { serverDefs, titleOf } from "@/session/store";
import { setting } from "@/settings/store";
import { amendTab, fileOf, isTabDirty, patchFile, wholeOf } from "@/tabs/store";

import { client } from "./client";
import { failures, showFailures, type Failure } from "./failures";
import { advanceSeeds } from "./seeds";
import { IDLE, instancesAround, patchAll, rememberJob, runKey, runtimeStore, setRefusal, type Refusal } from "./store";

export interface RunOptions {
  readonly count?: number;
  readonly front?: boolean;
  /** Only these output nodes, by execution id. */
  readonly targets?: readonly string[];
}

export interface SendOptions {
  readonly front?: boolean;
  readonly targets?: readonly string[];
  /** Goes beside the workflow into the run's `extra_data`. */
  readonly extra?: JsonObject;
  /** The open workflow that the run belongs to, when another may have come to the front meanwhile. */
  readonly tab?: string;
  readonly convert?: ConvertOptions;
}

export interface Sent {
  readonly id: string;
  readonly failures: readonly Failure[];
}

let isSending = false;

/** Queues the document `count` times. A click while another is being sent waits for nothing and sends again. */
export async function run({ count = 1, front = false, targets }: RunOptions = {}): Promise<void> {
  if (Object.keys(currentWhole().nodes).length === 0) {
    toast.info(t("run.empty"));
    return;
  }
  while (isSending) await new Promise((resolve) => setTimeout(resolve, 20));
  isSending = true;
  // Whoever goes to another tab meanwhile does not change what is queued.
  const tab = currentTab();
  try {
    const isBefore = setting("seedControl") === "before";
    clearErrors(tab);
    for (let i = 0; i < count; i += 1) {
      if (isBefore) moveSeeds(tab);
      const { failures: found } = await send(wholeOf(tab), { front, tab, ...(targets === undefined ? {} : { targets }) });
      if (tab === currentTab()) report(found);
      if (!isBefore) moveSeeds(tab);
    }
  } catch (error) {
    explain(error, tab);
  } finally {
    isSending = false;
  }
}

export interface Composed {
  readonly prompt: JsonObject;
  /** The workflow that travels with the pictures. */
  readonly workflow: JsonObject;
}

/** A document as the server takes it: the graph that runs, and the canvas file. */
export function compose(whole: Doc, options: ConvertOptions = {}): Composed {
  const defs = serverDefs();
  const workflow = writeDocument(whole, defs);
  const { prompt, replacements } = toApi(readCanvas(workflow), defs, options);
  return { prompt: prompt as unknown as JsonObject, workflow: withReplacements(workflow, defs, replacements) };
}

/** What people know the run by in queue and history. */
export const named = (tab = currentTab()): JsonObject => (fileOf(tab).name === "" ? {} : { title: fileOf(tab).name });

const previews = (): JsonObject => (setting("previews") === "none" ? { preview_method: "none" } : {});

/** Queues one document as a run of the workflow that is shown. Raises ServerError when it is refused, OfflineError. */
export async function send(whole: Doc, { front = false, targets, extra, tab = currentTab(), convert }: SendOptions = {}): Promise<Sent> {
  const { prompt, workflow } = compose(whole, convert);
  const id = freshUuid();
  rememberJob(id, { tab, nodes: Object.keys(prompt) });
  const accepted = await submit({ id, clientId: client.id, front, prompt, workflow, extra: { ...named(tab), ...previews(), ...extra }, ...(targets === undefined ? {} : { targets }) });
  setRefusal(tab, null);
  markQueued(Object.keys(prompt), tab);
  return { id: accepted.id, failures: failures(accepted.nodeErrors) };
}

/** Seeds that move on are no unsaved work of anybody. */
export function moveSeeds(tab = currentTab()): void {
  const defs: NodeDefs = serverDefs();
  const wasSaved = !isTabDirty(tab);
  amendTab(tab, (whole) => advanceSeeds(whole, defs));
  if (wasSaved) patchFile(tab, { savedDoc: wholeOf(tab) });
}

/** While nothing runs, the nodes that will be worked on say so. */
function markQueued(ids: readonly string[], tab: string): void {
  runtimeStore.setState((state) => {
    if (state.run !== null) return {};
    const keys = new Set(ids.flatMap((id) => [id, ...instancesAround(id)]).map((id) => runKey(id, tab)));
    const queued = [...keys].map((key) => [key, { ...(state.nodes[key] ?? IDLE), phase: "queued" as const }]);
    return { nodes: { ...state.nodes, ...Object.fromEntries(queued) } };
  });
}

function clearErrors(tab: string): void {
  setRefusal(tab, null);
  patchAll(tab, (run) => (run.phase === "error" ? { ...run, phase: "idle", error: null, inputErrors: {}, traceback: [] } : run));
}

/** Says why something was not queued, and keeps it with the workflow `tab`; errors that are nobody's fault but ours go on. */
export function explain(error: unknown, tab?: string): void {
  if (error instanceof OfflineError) keep(t("run.noServer"), {}, tab, { isAnswer: false, sentence: t("run.noServer"), command: "run" });
  else if (error instanceof ServerError) refused(error, tab);
  else throw error;
}

function refused({ body, message }: ServerError, tab?: string): void {
  const root = isObject(body) ? body : {};
  const found = failures(isObject(root["node_errors"]) ? root["node_errors"] : {});
  if (found.length > 0) report(found);
  else whole(isObject(root["error"]) ? root["error"] : {}, message, tab);
}

/** A message that goes away leads to the list in which it stays. */
function keep(title: string, words: { readonly description?: string }, tab: string | undefined, refusal: Refusal): void {
  if (tab !== undefined) setRefusal(tab, refusal);
  const action = { label: t("help.errors.title"), onClick: () => consoleStore.setState({ tab: "errors" }) };
  toast.error(title, { ...words, ...(tab === undefined ? {} : { action }) });
}

export function report(found: readonly Failure[]): void {
  const first = found[0];
  if (first === undefined) return;
  showFailures(found);
  const description = `${nodeTitle(first.node)}: ${first.sentence}`;
  toast.error(t("run.invalid", { count: found.length }), { description, action: { label: t("run.show"), onClick: () => showExecuted(first.node) } });
}

/** Title of a node by its execution id, with the subgraphs it stands in. */
export function nodeTitle(id: string): string {
  const whole = currentWhole();
  const { path, node } = splitExecutionId(id);
  const defs = withSubgraphs(serverDefs(), whole.subgraphs);
  const names = path.map((step, i) => titleOf(pageOf(whole, path.slice(0, i)), defs, step));
  const page = subgraphAt(whole, path);
  const known = page !== undefined && graphOf(whole, page)?.nodes[node] !== undefined;
  return [...names, known ? titleOf(pageOf(whole, path), defs, node) : node].join(" › ");
}

/** An error about the workflow as a whole, or about one node of unknown type. */
function whole(error: JsonObject, fallback: string, tab?: string): void {
  const info = isObject(error["extra_info"]) ? error["extra_info"] : {};
  const node = text(info["node_id"]);
  const kind = text(error["type"]);
  const description = kind === "missing_node_type" && info["class_type"] !== undefined
    ? t("error.missing_node_type", { type: text(info["class_type"]) })
    : refusalWords(kind) ?? [text(error["message"]) || fallback, text(error["details"])].filter((part) => part !== "").join(" · ");
  if (node === "") return keep(t("run.rejected"), { description }, tab, { isAnswer: true, sentence: description, command: REMEDIES[kind] ?? null });
  showFailures([{ node, input: null, sentence: description }]);
  toast.error(t("run.rejected"), { description, action: { label: t("run.show"), onClick: () => showExecuted(node) } });
}

/** Where one goes after a refusal of this type: a command. */
const REMEDIES: Readonly<Record<string, string>> = { prompt_no_outputs: "addNode", queue_full: "queue", unavailable: "run" };

function refusalWords(type: string): string | null {
  const key = `error.${type}`;
  return Object.hasOwn(REMEDIES, type) && hasMessage(key) ? t(key) : null;
}
