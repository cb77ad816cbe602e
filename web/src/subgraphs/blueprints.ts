/** Blueprints: subgraphs that every workflow may use, each as a workflow file with one instance. */
import { toast } from "sonner";
import { create } from "zustand";

import { deleteBlueprint, fetchBlueprint, fetchBlueprints, renameBlueprint, saveBlueprint, type Blueprint } from "@/api/blueprints";
import { OfflineError, ServerError } from "@/api/client";
import { serverDefs } from "@/session/store";
import { writeDocument } from "@/formats/ui04";
import { t, type MessageKey } from "@/i18n";
import { excerpt, paste } from "@/model/clipboard";
import { currentDoc, currentWhole, select, transact } from "@/model/document";
import type { NodeId, Point } from "@/model/types";
import { uiStore } from "@/session/ui";

interface State {
  readonly all: readonly Blueprint[];
  readonly phase: "unread" | "reading" | "read" | "failed";
}

export const blueprintStore = create<State>()(() => ({ all: [], phase: "unread" }));

export async function loadBlueprints(): Promise<void> {
  blueprintStore.setState({ phase: "reading" });
  try {
    const all = [...(await fetchBlueprints())].sort((a, b) => a.name.localeCompare(b.name));
    blueprintStore.setState({ all, phase: "read" });
  } catch {
    blueprintStore.setState({ phase: "failed" });
  }
}

/** Asked for once; whoever shows them may ask as often as they like. */
export function wantBlueprints(): void {
  if (blueprintStore.getState().phase === "unread") void loadBlueprints();
}

/** Names of files: what would lead out of the folder is left out. */
const fileName = (name: string): string => name.replace(/[\\/:*?"<>|]+/g, " ").replace(/\s+/g, " ").replace(/^\.+/, "").trim();

export async function publish(instance: NodeId, overwrite = false): Promise<void> {
  const doc = currentDoc();
  const node = doc.nodes[instance];
  const subgraph = currentWhole().subgraphs[node?.type ?? ""];
  if (subgraph === undefined) return;
  const name = fileName(subgraph.name) || t("subgraphs.new");
  try {
    await saveBlueprint(name, writeDocument(excerpt(doc, { nodes: [instance] }), serverDefs()), overwrite);
    toast.success(t("subgraphs.published", { name }));
    await loadBlueprints();
  } catch (error) {
    if (error instanceof ServerError && error.status === 409)
      uiStore.setState({ confirmation: { title: t("subgraphs.exists", { name }), text: t("subgraphs.replaceHint"), action: t("subgraphs.replace"), onConfirm: () => void publish(instance, true) } });
    else explain("subgraphs.failed", error);
  }
}

function explain(what: MessageKey, error: unknown): void {
  toast.error(t(what), { description: error instanceof OfflineError ? t("run.noServer") : error instanceof Error ? error.message : "" });
}

/** Puts a blueprint's instance on the page, its definition among those of the document unless an equal one is there. */
export async function insertBlueprint(id: string, at: Point): Promise<void> {
  try {
    const file = await fetchBlueprint(id);
    let ids: readonly NodeId[] = [];
    transact("subgraphs.step.insert", (doc) => {
      const pasted = paste(doc, serverDefs(), file, { x: Math.round(at.x), y: Math.round(at.y) });
      ids = pasted.ids;
      return pasted.doc;
    });
    select({ nodes: ids });
  } catch (error) {
    explain("subgraphs.notLoaded", error);
  }
}

export function askToDelete({ name }: Blueprint): void {
  const onConfirm = (): void => void deleteBlueprint(name).then(loadBlueprints, (error: unknown) => explain("subgraphs.failed", error));
  uiStore.setState({ confirmation: { title: t("subgraphs.deleteQuestion", { name }), text: t("subgraphs.deleteHint"), action: t("action.delete"), onConfirm } });
}

export async function rename({ name }: Blueprint, wanted: string): Promise<void> {
  const to = fileName(wanted);
  if (to === "" || to === name) return;
  try {
    await renameBlueprint(name, to);
    await loadBlueprints();
  } catch (error) {
    if (error instanceof ServerError && error.status === 409) toast.error(t("subgraphs.exists", { name: to }));
    else explain("subgraphs.failed", error);
  }
}
