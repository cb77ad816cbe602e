/** Saving, with the revision that was read: nobody's work is written over unseen. */
import { toast } from "sonner";

import { OfflineError } from "@/api/client";
import { ConflictError, fileText, writeFile, type ReadFile, type WriteRule } from "@/api/files";
import { openJson } from "@/formats/open";
import { writeDocument } from "@/formats/ui04";
import { t } from "@/i18n";
import type { JsonObject } from "@/formats/json";
import { holdDocument, type Held } from "@/model/document";
import { serverDefs } from "@/session/store";

import { askForName, dialogStore } from "./dialogs";
import { filesChanged, remember } from "./recent";
import { addTab, fileOf, frontId, freshName, goToTab, patchFile, replaceDoc, tabStore, viewOf, wholeOf, type TabId, type View } from "./store";

export type SaveResult = "saved" | "conflict" | "unnamed" | "failed";

const leaf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Nobody needs the view to the last digit, and files shall not differ by it. */
const rounded = ({ scale, offset: [x, y] }: View): View => ({ scale: Math.round(scale * 1000) / 1000, offset: [Math.round(x), Math.round(y)] });

export function documentOf(id: TabId): JsonObject {
  const view = viewOf(id);
  return writeDocument(wholeOf(id), serverDefs(), view === null ? {} : { view: rounded(view) });
}

const pending = new Map<TabId, Promise<unknown>>();

/** Saves of one tab follow each other, so that a tab is never in conflict with itself. */
async function inTurn<T>(id: TabId, work: () => Promise<T>): Promise<T> {
  const before = pending.get(id) ?? Promise.resolve();
  const mine = before.then(work, work);
  pending.set(id, mine);
  try {
    return await mine;
  } finally {
    if (pending.get(id) === mine) pending.delete(id);
  }
}

/** What is typed meanwhile stays unsaved: only what was sent counts as saved. */
function write(id: TabId, path: string, rule: () => WriteRule): Promise<void> {
  return inTurn(id, async () => {
    const whole = wholeOf(id);
    const etag = await writeFile(path, fileText(documentOf(id)), rule());
    patchFile(id, { path, etag, name: leaf(path), origin: null, savedDoc: whole, dirtyDraft: false });
    remember(path);
    filesChanged();
  });
}

interface SaveOptions {
  /** Saved by itself: nothing is said when it goes well, and no dialog opens. */
  readonly quiet?: boolean;
}

export async function saveTab(id: TabId = frontId(), { quiet = false }: SaveOptions = {}): Promise<SaveResult> {
  const { path } = fileOf(id);
  if (path === null) return quiet ? "unnamed" : saveNamed(id);
  const rule = (): WriteRule => {
    const { etag } = fileOf(id);
    return etag === null ? { onlyNew: true } : { onlyIf: etag };
  };
  try {
    await write(id, path, rule);
    if (!quiet) toast.success(t("file.saved", { name: path }), { id: `saved:${id}`, duration: 2000 });
    return "saved";
  } catch (error) {
    if (!(error instanceof ConflictError)) return failed(error, quiet);
    if (!quiet) dialogStore.setState({ conflict: { tab: id, etag: error.etag } });
    return "conflict";
  }
}

async function saveNamed(id: TabId): Promise<SaveResult> {
  goToTab(id);
  return (await askForName()) ? "saved" : "unnamed";
}

function failed(error: unknown, quiet = false): "failed" {
  const description = error instanceof OfflineError ? t("tabs.file.offline") : error instanceof Error ? error.message : "";
  if (!quiet) toast.error(t("file.saveFailed"), { description });
  return "failed";
}

/** "exists" when there is such a file already, and it may not be replaced. */
export async function saveTabAs(id: TabId, path: string, replace: boolean): Promise<"saved" | "exists" | "failed"> {
  try {
    await write(id, path, () => (replace ? "always" : { onlyNew: true }));
    toast.success(t(replace ? "tabs.file.replaced" : "file.saved", { name: path }), { duration: 2000 });
    return "saved";
  } catch (error) {
    return error instanceof ConflictError ? "exists" : failed(error);
  }
}

/** Mine takes the place of the revision that was looked at; when there is yet another one by now, that is a conflict again. */
export async function keepMine(id: TabId, seen: string | null): Promise<void> {
  const { path } = fileOf(id);
  if (path === null) return;
  try {
    await write(id, path, () => (seen === null ? { onlyNew: true } : { onlyIf: seen }));
    dialogStore.setState({ conflict: null });
    toast.success(t("file.saved", { name: path }));
  } catch (error) {
    if (error instanceof ConflictError) dialogStore.setState({ conflict: { tab: id, etag: error.etag } });
    else failed(error);
  }
}

/** Theirs comes into the tab; mine goes on in a tab beside it, with its undo steps. */
export async function takeTheirs(id: TabId, theirs: ReadFile): Promise<void> {
  const { name, path } = fileOf(id);
  const doc = await openJson(theirs.document, serverDefs());
  const index = tabStore.getState().tabs.findIndex((tab) => tab.id === id) + 1;
  goToTab(id);
  const held = heldOf(id);
  if (held !== null) addTab({ file: { name: freshName(t("tabs.mineOf", { name })), dirtyDraft: true }, held, view: viewOf(id), index, front: false });
  replaceDoc(id, doc, { name, path, etag: theirs.etag, dirtyDraft: false });
  dialogStore.setState({ conflict: null });
  toast.success(t("versions.conflict.took"));
}

/** A copy of what the tab in front holds, undo steps and all. */
function heldOf(id: TabId): Held | null {
  return id === frontId() ? holdDocument() : (tabStore.getState().tabs.find((tab) => tab.id === id)?.held ?? null);
}
