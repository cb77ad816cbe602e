/** Files that were used last, those that are marked, and the sign that the list of files is another one. */
import { create } from "zustand";

import { readBookmarks, writeBookmarks, type Bookmarks } from "@/api/files";

const RECENT = "heddle.recent";
const MOST = 12;

interface Shelf {
  /** Paths, the last used first. */
  readonly recent: readonly string[];
  readonly bookmarks: Bookmarks;
  /** Grows whenever files may have come, gone or moved. */
  readonly version: number;
}

function recalled(): readonly string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(found) ? found.filter((path): path is string => typeof path === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export const shelfStore = create<Shelf>()(() => ({ recent: recalled(), bookmarks: { paths: [], rest: {} }, version: 0 }));

export const filesChanged = (): void => shelfStore.setState(({ version }) => ({ version: version + 1 }));

function keep(recent: readonly string[]): void {
  shelfStore.setState({ recent: recent.slice(0, MOST) });
  try {
    localStorage.setItem(RECENT, JSON.stringify(shelfStore.getState().recent));
  } catch {
    // Full or forbidden: the list lasts as long as the page.
  }
}

export const remember = (path: string): void => keep([path, ...shelfStore.getState().recent.filter((item) => item !== path)]);

export async function refreshBookmarks(): Promise<void> {
  shelfStore.setState({ bookmarks: await readBookmarks() });
}

/** Other windows may have marked files meanwhile: their list is read before it is changed. */
async function changeBookmarks(change: (paths: readonly string[]) => readonly string[]): Promise<void> {
  const { paths, rest } = await readBookmarks();
  const bookmarks = { paths: change(paths), rest };
  await writeBookmarks(bookmarks);
  shelfStore.setState({ bookmarks });
}

export function toggleBookmark(path: string): Promise<void> {
  const isMarked = shelfStore.getState().bookmarks.paths.includes(path);
  return changeBookmarks((paths) => (isMarked ? paths.filter((item) => item !== path) : [...paths.filter((item) => item !== path), path]));
}

/** A file has another path now, or none. */
export async function followMove(path: string, target: string | null): Promise<void> {
  const { recent, bookmarks } = shelfStore.getState();
  const follow = (paths: readonly string[]): readonly string[] => paths.flatMap((item) => (item !== path ? [item] : target === null ? [] : [target]));
  if (recent.includes(path)) keep(follow(recent));
  if (bookmarks.paths.includes(path)) await changeBookmarks(follow).catch(() => undefined);
  filesChanged();
}
