/** What the gallery shows: one of the server's folders, its filters, and what is chosen. */
import { create } from "zustand";

import { OfflineError } from "@/api/client";
import { fetchFolder, fetchPage, type Item, type Page, type Sort } from "@/api/gallery";
import { runtimeStore } from "@/runtime/store";

import { fileKey, kindOf } from "./kinds";
import { isNamed, NO_FILTERS, wishOf, type Filters } from "./query";
import { NOTHING, settled, type Selection } from "./selection";

export type Source = "output" | "input" | "temp";
export const SOURCES: readonly Source[] = ["output", "input", "temp"];

export interface GalleryState {
  readonly source: Source;
  readonly search: string;
  readonly filters: Filters;
  readonly sort: Sort;
  readonly items: readonly Item[];
  readonly total: number;
  readonly folders: Page["folders"];
  readonly models: readonly string[];
  readonly tags: readonly string[];
  readonly pending: number;
  readonly state: "loading" | "ready" | "offline";
  readonly selection: Selection;
  readonly hasDetails: boolean;
  /** Two pictures side by side. */
  readonly compared: readonly [Item, Item] | null;
  /** Width of a picture in the grid, in rem. */
  readonly size: number;
  readonly said: string;
}

const PREFERENCES = "heddle.gallery";
const SIZES = { least: 6, most: 24 } as const;

function kept(): Pick<GalleryState, "hasDetails" | "size" | "sort"> {
  const usual = { hasDetails: true, size: 10, sort: "newest" as Sort };
  try {
    const found = JSON.parse(localStorage.getItem(PREFERENCES) ?? "{}") as Partial<typeof usual>;
    const size = typeof found.size === "number" ? Math.max(SIZES.least, Math.min(SIZES.most, found.size)) : usual.size;
    return { ...usual, hasDetails: found.hasDetails !== false, size };
  } catch {
    return usual;
  }
}

export const galleryStore = create<GalleryState>()(() => ({
  ...{ source: "output", search: "", filters: NO_FILTERS, items: [], total: 0, folders: [], models: [], tags: [], pending: 0 },
  ...{ state: "loading", selection: NOTHING, compared: null, said: "" },
  ...kept(),
}));

export function keepPreferences(change: Partial<Pick<GalleryState, "hasDetails" | "size">>): void {
  galleryStore.setState(change);
  const { hasDetails, size } = galleryStore.getState();
  try {
    localStorage.setItem(PREFERENCES, JSON.stringify({ hasDetails, size }));
  } catch {
    // Private windows may refuse: it lasts as long as the page.
  }
}

const PORTION = 200;
/** Files that are still being read by the server are asked for again after this time, in milliseconds. */
const PENDING = 1500;

let asked = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function show(change: Pick<GalleryState, "items" | "total"> & Partial<GalleryState>): void {
  const { items, selection } = galleryStore.getState();
  galleryStore.setState({ state: "ready", ...change, selection: settled(selection, items.map(fileKey), change.items.map(fileKey)) });
}

/** Reads the list anew, as much of it as was read. An answer that comes after a newer question is dropped. */
export async function refreshGallery(count = PORTION): Promise<void> {
  const mine = (asked += 1);
  clearTimeout(timer);
  const { source, search, filters, sort } = galleryStore.getState();
  try {
    if (source === "output") {
      const page = await fetchPage(wishOf(search, filters, sort), Math.min(500, count), 0);
      if (mine !== asked) return;
      show(page);
      if (page.pending > 0) timer = setTimeout(() => void refreshGallery(count), PENDING);
    } else {
      const found = (await fetchFolder(source)).filter((item) => isNamed(item, search.trim()) && (filters.kind === null || kindOf(item) === filters.kind));
      if (mine !== asked) return;
      show({ items: sorted(found, sort), total: found.length, folders: [], models: [], tags: [], pending: 0 });
    }
  } catch (error) {
    if (mine !== asked) return;
    if (!(error instanceof OfflineError)) console.error(error);
    galleryStore.setState({ state: "offline" });
  }
}

/** These folders come newest first, and of their files nothing but the name is known. */
function sorted(items: readonly Item[], sort: Sort): readonly Item[] {
  if (sort === "oldest") return items.toReversed();
  return sort === "name" ? items.toSorted((a, b) => a.filename.localeCompare(b.filename, undefined, { numeric: true })) : items;
}

let isReadingMore = false;

/** The grid was scrolled to its end. */
export async function readMore(): Promise<void> {
  const { source, search, filters, sort, items, total } = galleryStore.getState();
  if (source !== "output" || items.length >= total || isReadingMore) return;
  isReadingMore = true;
  const mine = asked;
  try {
    const page = await fetchPage(wishOf(search, filters, sort), PORTION, items.length);
    if (mine !== asked) return;
    const known = new Set(items.map(fileKey));
    galleryStore.setState({ items: [...items, ...page.items.filter((item) => !known.has(fileKey(item)))], total: page.total });
  } catch {
    // The banner says that the server is away; scrolling asks again.
  } finally {
    isReadingMore = false;
  }
}

/** Follows new results as long as the gallery is open. */
export function followResults(): () => void {
  void refreshGallery();
  const stop = runtimeStore.subscribe((state, before) => {
    const isBack = state.connection === "open" && before.connection !== "open";
    if (state.gallery !== before.gallery || state.ended !== before.ended || isBack) void refreshGallery(Math.max(PORTION, galleryStore.getState().items.length));
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** Another folder, other filters, other words: from the top. */
export function narrow(change: Partial<Pick<GalleryState, "source" | "search" | "filters" | "sort">>): void {
  galleryStore.setState({ ...change, selection: NOTHING });
  void refreshGallery();
}

export const say = (said: string): void => galleryStore.setState({ said });

/** The chosen pictures in the order of the grid. */
export function chosenItems({ items, selection } = galleryStore.getState()): readonly Item[] {
  return items.filter((item) => selection.chosen.has(fileKey(item)));
}

/** What is known of these files changes, before the server has answered. */
export function patchItems(keys: ReadonlySet<string>, change: (item: Item) => Partial<Item>): void {
  galleryStore.setState(({ items }) => ({ items: items.map((item) => (keys.has(fileKey(item)) ? { ...item, ...change(item) } : item)) }));
}
