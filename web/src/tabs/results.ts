/** What the last runs of a tab showed comes back after a reload: results are no part of the draft. */
import { getJson, parseFileRefs } from "@/api/client";
import { list, text } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";
import { instancesAround, patchNode, rememberJob, runKey, runOf, runtimeStore } from "@/runtime/store";

import type { TabId } from "./store";

export type Runs = readonly (readonly [id: string, nodes: readonly string[]])[];

/** The newest run that has something to show is shown; a run that still goes on tells of itself. */
export async function reattach(tab: TabId, runs: Runs): Promise<void> {
  const known = runtimeStore.getState().jobs;
  for (const [id, nodes] of runs) if (known[id] === undefined) rememberJob(id, { tab, nodes });
  for (const [id] of [...runs].reverse()) {
    const job = await getJson(`/jobs/${encodeURIComponent(id)}`).catch(() => null);
    const outputs = isObject(job) && isObject(job["outputs"]) ? job["outputs"] : {};
    if (Object.keys(outputs).length === 0) continue;
    for (const [node, output] of Object.entries(outputs)) if (isObject(output)) show(tab, node, output);
    return;
  }
}

function show(tab: TabId, node: string, output: JsonObject): void {
  const key = runKey(node, tab);
  const images = parseFileRefs(output["images"]);
  const before = runOf(key);
  // Something newer may have come in meanwhile.
  if (before.images.length > 0) return;
  patchNode(key, { images, texts: list(output["text"]).map(text), output, phase: before.phase === "idle" ? "done" : before.phase });
  if (images.length > 0) for (const at of instancesAround(node)) patchNode(runKey(at, tab), { images });
}
