/** What the runs of a form have brought, newest first. */
import { create } from "zustand";

import type { FileRef } from "@/api/client";
import { currentTab } from "@/model/document";
import { runKey, runtimeStore, type NodeRun, type RuntimeState } from "@/runtime/store";
import { shownOf, type MediaKind } from "@/widgets/outputs";

export interface Result {
  readonly kind: MediaKind;
  readonly file: FileRef;
}

/** By tab. */
export const resultStore = create<Readonly<Record<string, readonly Result[]>>>()(() => ({}));

const MOST = 60;
export const resultKey = ({ file: { type, subfolder, filename } }: Result): string => `${type}/${subfolder}/${filename}`;

const mediaOf = (run: NodeRun | undefined): readonly Result[] => (run === undefined ? [] : shownOf(run.output).media.length > 0 ? shownOf(run.output).media : run.images.map((file) => ({ kind: "image" as const, file })));

/** New ones come to the front, in the order of the nodes. */
export function merged(known: readonly Result[], fresh: readonly Result[]): readonly Result[] {
  const had = new Set(known.map(resultKey));
  const added = fresh.filter((result) => !had.has(resultKey(result)));
  return added.length === 0 ? known : [...added, ...known].slice(0, MOST);
}

function gather({ nodes }: RuntimeState, tab: string, outputs: readonly string[]): readonly Result[] {
  if (outputs.length > 0) return outputs.flatMap((id) => mediaOf(nodes[runKey(id, tab)]));
  return Object.entries(nodes).flatMap(([key, run]) => (key.startsWith(`${tab}/`) ? mediaOf(run) : []));
}

/** Pictures of earlier runs of this workflow, as far as they are known here. */
function earlier({ gallery, jobs }: RuntimeState, tab: string, outputs: readonly string[]): readonly Result[] {
  const isOwn = (job: string | null | undefined): boolean => job !== null && job !== undefined && jobs[job]?.tab === tab;
  return gallery.filter((item) => isOwn(item.prompt_id) && (outputs.length === 0 || outputs.includes(item.node_id ?? ""))).map(({ filename, subfolder, type }) => ({ kind: "image", file: { filename, subfolder, type } }));
}

/** Follows the runs while the form is shown. */
export function watchResults(outputs: readonly string[], tab = currentTab()): () => void {
  const take = (state: RuntimeState): void => {
    const known = resultStore.getState()[tab] ?? earlier(state, tab, outputs);
    const after = merged(known, gather(state, tab, outputs));
    if (after !== resultStore.getState()[tab]) resultStore.setState({ [tab]: after });
  };
  take(runtimeStore.getState());
  return runtimeStore.subscribe((state, before) => {
    if (state.nodes !== before.nodes || state.gallery !== before.gallery) take(state);
  });
}
