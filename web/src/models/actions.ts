/** Models onto the canvas and into prompts. */
import { toast } from "sonner";

import { fetchDefinitions } from "@/api/client";
import { showNode, viewCenter } from "@/canvas/viewport";
import { text as asText } from "@/formats/file";
import { widgetsIn } from "@/formats/widgets";
import { promptTarget } from "@/gallery/use";
import { t } from "@/i18n";
import { setValue } from "@/model/actions";
import { currentDoc, currentSelection, transact } from "@/model/document";
import { isMultiline } from "@/model/geometry";
import type { Point } from "@/model/types";
import { largeStore } from "@/prompt/large";
import { currentDefs, sessionStore, titleOf } from "@/session/store";
import { addNodeAt } from "@/tabs/files";

import { embeddingName, joined, loaderFor } from "./loaders";
import { readModels } from "./store";
import type { Entry } from "./tree";

/** A node that loads the file; embeddings go into a prompt instead. */
export function addModel({ folder, name }: Pick<Entry, "folder" | "name">, at: Point = viewCenter()): void {
  if (folder === "embeddings") return insertWords(embeddingName(name));
  const loader = loaderFor(currentDefs(), folder, name);
  if (loader === null) return void toast.info(t("models.noLoader", { folder }));
  const id = addNodeAt(loader.type, at);
  transact("step.add", (doc) => setValue(doc, id, loader.input, loader.value));
  toast(t("models.added", { title: titleOf(currentDoc(), currentDefs(), id) }), { id: "model", duration: 2000 });
}

interface Place {
  readonly node: string;
  readonly key: string;
}

/** The prompt that was written in last, else the positive one, else any longer text. */
function promptPlace(): Place | null {
  const doc = currentDoc();
  const { last } = largeStore.getState();
  if (last !== null && doc.nodes[last.node] !== undefined && last.key in (doc.nodes[last.node]?.values ?? {})) return last;
  const found = promptTarget(doc, currentDefs(), "positive", currentSelection().nodes);
  if (found !== null) return found;
  for (const node of Object.values(doc.nodes)) {
    const def = currentDefs()[node.type];
    const widget = def === undefined ? undefined : widgetsIn(def, node).find((candidate) => candidate.kind === "text" && isMultiline(candidate));
    if (widget !== undefined) return { node: node.id, key: widget.key };
  }
  return null;
}

export function insertWords(words: string): void {
  const place = promptPlace();
  if (place === null) return void toast.info(t("models.noPrompt"));
  transact("step.value", (doc) => setValue(doc, place.node, place.key, joined(asText(doc.nodes[place.node]?.values[place.key]), words)));
  toast.success(t("models.inserted", { title: titleOf(currentDoc(), currentDefs(), place.node) }), { id: "model", duration: 4000, action: { label: t("run.show"), onClick: () => showNode(place.node) } });
}

/** Lists in nodes learn of new files as well. */
export async function refreshModels(): Promise<void> {
  const [, defs] = await Promise.all([readModels(), fetchDefinitions().catch(() => null)]);
  if (defs === null) toast.error(t("error.noDefinitions"));
  else sessionStore.setState({ defs });
}
