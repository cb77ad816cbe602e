/** Renaming, moving and deleting saved files, and what that means for the tabs that show them. */
import { toast } from "sonner";

import { ConflictError, deleteFile, fileText, moveFile, writeFile } from "@/api/files";
import { listVersions, readVersion } from "@/api/versions";
import { isObject } from "@/formats/json";
import { t } from "@/i18n";

import { filesChanged, followMove, shelfStore, toggleBookmark } from "./recent";
import { fileOf, findTab, hasTab, isTabDirty, patchFile, type TabId } from "./store";

const FORBIDDEN = /[\\:*?"<>|\p{Cc}]/u;

/** A path as it is typed -> as it is kept; null when no file may have it. */
export function cleanPath(typed: string): string | null {
  const parts = typed.trim().replace(/\.json$/i, "").split("/").map((part) => part.trim()).filter((part) => part !== "");
  const isGood = parts.length > 0 && parts.every((part) => !part.startsWith(".") && !FORBIDDEN.test(part));
  return isGood ? parts.join("/") : null;
}

export const leafOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");

/** "taken" when there is such a file already. */
export async function moveTo(path: string, target: string): Promise<"moved" | "taken" | "failed"> {
  if (path === target) return "moved";
  try {
    const etag = await moveFile(path, target);
    const tab = findTab((file) => file.path === path);
    if (tab !== null) patchFile(tab, { path: target, name: leafOf(target), etag: etag ?? fileOf(tab).etag });
    await followMove(path, target);
    toast.success(t("tabs.file.moved", { name: target }), { duration: 2000 });
    return "moved";
  } catch (error) {
    if (error instanceof ConflictError) return "taken";
    toast.error(t("tabs.file.moveFailed", { name: path }), { description: message(error) });
    return "failed";
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : "");

/** What is typed over a tab's name: a saved file is renamed in its folder, unless folders are typed as well. */
export async function renameTab(id: TabId, typed: string): Promise<void> {
  const { path, name } = fileOf(id);
  const clean = cleanPath(typed);
  if (typed.trim() === "" || typed.trim() === name) return;
  if (clean === null) return void toast.error(t("tabs.file.invalid"));
  if (path === null) return patchFile(id, { name: typed.trim() });
  const folder = folderOf(path);
  const target = typed.includes("/") || folder === "" ? clean : `${folder}/${clean}`;
  if ((await moveTo(path, target)) === "taken") toast.error(t("tabs.file.taken", { name: target }));
}

/** Its versions stay, so that it can be had back. */
export async function removeFile(path: string): Promise<void> {
  try {
    await deleteFile(path);
  } catch (error) {
    toast.error(t("tabs.file.deleteFailed", { name: path }), { description: message(error) });
    return;
  }
  const tab = findTab((file) => file.path === path);
  const before: Removed = { path, tab, wasDirty: tab !== null && isTabDirty(tab), wasMarked: shelfStore.getState().bookmarks.paths.includes(path) };
  if (tab !== null) patchFile(tab, { path: null, etag: null, dirtyDraft: true });
  await followMove(path, null);
  toast(t("tabs.file.deleted", { name: path }), { duration: 10_000, action: { label: t("tabs.file.undo"), onClick: () => void bringBack(before) } });
}

interface Removed {
  readonly path: string;
  /** The tab that showed it. */
  readonly tab: TabId | null;
  readonly wasDirty: boolean;
  readonly wasMarked: boolean;
}

async function bringBack({ path, tab, wasDirty, wasMarked }: Removed): Promise<void> {
  try {
    const last = (await listVersions(path))[0];
    if (last === undefined) throw new Error(t("versions.empty"));
    const document = await readVersion(path, last.id);
    const etag = await writeFile(path, fileText(isObject(document) ? document : {}), { onlyNew: true });
    if (tab !== null && hasTab(tab) && fileOf(tab).path === null) patchFile(tab, { path, etag, name: leafOf(path), dirtyDraft: wasDirty });
    if (wasMarked) await toggleBookmark(path);
    filesChanged();
    toast.success(t("tabs.file.restored", { name: path }));
  } catch (error) {
    toast.error(t("tabs.file.restoreFailed", { name: path }), { description: error instanceof ConflictError ? t("tabs.file.taken", { name: path }) : message(error) });
  }
}
