/** Opening: what is open already comes to the front, anything else gets a tab of its own. */
import { toast } from "sonner";

import { OfflineError, ServerError } from "@/api/client";
import { FormatError } from "@/formats/file";
import { t } from "@/i18n";
import type { Doc } from "@/model/types";
import type { FileFacts } from "@/session/store";

import { remember } from "./recent";
import { addDoc, closeTab, fileOf, findTab, frontId, goToTab, hasTab, isTabDirty, wholeOf, type TabId } from "./store";

export interface Opened {
  readonly doc: Doc;
  readonly file?: Partial<FileFacts>;
}

interface Opening {
  /** As people know it, for messages. */
  readonly name: string;
  /** Of a saved file. */
  readonly path?: string;
  /** Of anything else: opened twice, it comes to the front as long as it was not changed. */
  readonly origin?: string;
  readonly read: () => Promise<Opened>;
}

function openAlready({ path, origin }: Opening): TabId | null {
  if (path !== undefined) return findTab((file) => file.path === path);
  return origin === undefined ? null : findTab((file, id) => file.origin === origin && !isTabDirty(id));
}

/** An empty sheet that nobody wrote on. */
const isBlank = (id: TabId): boolean => hasTab(id) && Object.keys(wholeOf(id).nodes).length === 0 && fileOf(id).path === null && !isTabDirty(id);

/** The tab; null when there is nothing to open, and why was said. */
export async function open(opening: Opening): Promise<TabId | null> {
  const { name, path, origin, read } = opening;
  const before = openAlready(opening);
  if (before !== null) return toFront(before, path);
  const opened = await read().catch((error: unknown) => {
    refuse(name, error);
    return null;
  });
  if (opened === null) return null;
  // Asked for twice, it may have come meanwhile.
  const meanwhile = openAlready(opening);
  if (meanwhile !== null) return toFront(meanwhile, path);
  const blank = frontId();
  const id = addDoc(opened.doc, { name: stem(name), path: path ?? null, origin: origin ?? null, ...opened.file });
  if (isBlank(blank)) closeTab(blank);
  return toFront(id, path);
}

function toFront(id: TabId, path: string | undefined): TabId {
  goToTab(id);
  if (path !== undefined) remember(path);
  return id;
}

export const stem = (name: string): string => name.replace(/^.*\//, "").replace(/\.(json|png|webp|jpe?g|avif|gif|mp4|webm|mov|mkv|flac|mp3|ogg|opus|wav|svg|latent|safetensors)$/i, "");

/** Says which file could not be opened, and why. */
export function refuse(name: string, error: unknown): void {
  toast.error(t("tabs.file.openFailed", { name }), { description: reason(name, error) });
}

function reason(name: string, error: unknown): string {
  if (error instanceof OfflineError) return t("tabs.file.offline");
  if (error instanceof ServerError) return error.status === 404 ? t("tabs.file.notFound", { name }) : error.message;
  if (error instanceof SyntaxError || (error instanceof FormatError && error.message === "not JSON")) return t(/\.json$/i.test(name) ? "tabs.file.notJson" : "tabs.file.noWorkflow");
  if (error instanceof FormatError) return t("tabs.file.noWorkflow");
  return error instanceof Error ? error.message : String(error);
}
