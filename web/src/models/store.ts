/** The model files of the server, as the library knows them. */
import { create } from "zustand";

import { fetchAbout, fetchModelFiles, fetchModelFolders, type About, type ModelFolder } from "@/api/models";

import { fileKey, withoutTwins, type Entry } from "./tree";

export interface ModelsState {
  readonly folders: readonly ModelFolder[];
  readonly entries: readonly Entry[];
  readonly state: "loading" | "ready" | "offline";
  readonly query: string;
  readonly open: ReadonlySet<string>;
  /** The file whose details are shown. */
  readonly shown: string | null;
  readonly about: Readonly<Record<string, About>>;
}

const OPEN = "heddle.models.open";

function kept(): ReadonlySet<string> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(OPEN) ?? '["checkpoints","loras"]');
    return new Set(Array.isArray(found) ? found.filter((key): key is string => typeof key === "string") : []);
  } catch {
    return new Set();
  }
}

export const modelStore = create<ModelsState>()(() => ({ folders: [], entries: [], state: "loading", query: "", open: kept(), shown: null, about: {} }));

export function toggleFolder(key: string): void {
  modelStore.setState(({ open }) => ({ open: open.has(key) ? new Set([...open].filter((item) => item !== key)) : new Set([...open, key]) }));
  try {
    localStorage.setItem(OPEN, JSON.stringify([...modelStore.getState().open]));
  } catch {
    // Private windows may refuse: it lasts as long as the page.
  }
}

export async function readModels(): Promise<void> {
  try {
    const folders = withoutTwins(await fetchModelFolders());
    const lists = await Promise.all(folders.map(async ({ name }) => (await fetchModelFiles(name).catch(() => [])).map((file) => ({ ...file, folder: name }))));
    modelStore.setState({ folders, entries: lists.flat(), state: "ready" });
  } catch {
    modelStore.setState({ state: "offline" });
  }
}

const asked = new Set<string>();

/** What a file says of itself, asked once. */
export function learn(entry: Entry): void {
  const key = fileKey(entry);
  if (asked.has(key)) return;
  asked.add(key);
  void fetchAbout(entry.folder, entry.name)
    .then((about) => modelStore.setState((state) => ({ about: { ...state.about, [key]: about } })))
    // The file's name and size are all there is to tell.
    .catch(() => asked.delete(key));
}
