/** The lists that completion reads, fetched when a prompt is first edited and again after a while. */
import { create } from "zustand";

import { fetchEmbeddings, fetchLoras, fetchTagList } from "@/api/completion";
import { widgetsIn } from "@/formats/widgets";
import { currentWhole } from "@/model/document";
import { isMultiline } from "@/model/geometry";
import type { DocNode } from "@/model/types";
import { currentDefs } from "@/session/store";

import type { Sources } from "./complete";
import { phrasesOf, recentPhrases } from "./phrases";
import { parseTags } from "./tags";

const FRESH = 60_000;

interface Lists extends Sources {
  /** Names of embeddings in lower case; null until the server has told. */
  readonly known: ReadonlySet<string> | null;
  readonly fetched: number;
}

export const sourceStore = create<Lists>()(() => ({ embeddings: [], loras: [], phrases: [], tags: [], known: null, fetched: 0 }));

/** A list that cannot be had is empty: it must not keep anyone from writing. */
async function orEmpty<T>(list: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await list;
  } catch {
    return [];
  }
}

export async function refreshSources(): Promise<void> {
  sourceStore.setState({ phrases: currentPhrases() });
  if (Date.now() - sourceStore.getState().fetched < FRESH) return;
  sourceStore.setState({ fetched: Date.now() });
  const [embeddings, loras, tags] = await Promise.all([
    fetchEmbeddings().catch(() => null),
    orEmpty(fetchLoras()),
    orEmpty(fetchTagList().then(parseTags)),
  ]);
  const known = embeddings === null ? null : new Set(embeddings.map((name) => name.toLowerCase()));
  sourceStore.setState({ embeddings: embeddings ?? [], loras, tags, known });
}

/** Of the document and of all its subgraphs. */
function allNodes(): readonly DocNode[] {
  const whole = currentWhole();
  return [whole, ...Object.values(whole.subgraphs)].flatMap((page) => Object.values(page.nodes));
}

/** Those of this workflow before those of others. */
function currentPhrases(): readonly string[] {
  const defs = currentDefs();
  const texts = allNodes().flatMap((node) => {
    const def = defs[node.type];
    const widgets = def === undefined ? [] : widgetsIn(def, node).filter((widget) => widget.kind === "text" && isMultiline(widget));
    return widgets.map((widget) => node.values[widget.key]).filter((value) => typeof value === "string");
  });
  return [...new Set([...texts.flatMap(phrasesOf), ...recentPhrases()])];
}

/** Whether any value of the workflow already names this LoRA, as a file or inside a prompt. */
export function usesLora(file: string, tag: string): boolean {
  const values = allNodes().flatMap((node) => Object.values(node.values));
  return values.some((value) => typeof value === "string" && (value === file || value.includes(`<lora:${tag}:`)));
}
