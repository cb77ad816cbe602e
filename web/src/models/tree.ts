/** Model files as the rows of a tree: folders of models, folders inside of them, files. Pure. */
import type { ModelFile } from "@/api/models";
import { finder } from "@/ui/words";

export interface Entry extends ModelFile {
  readonly folder: string;
}

export type Row =
  | { readonly kind: "folder"; readonly key: string; readonly name: string; readonly depth: number; readonly count: number; readonly isOpen: boolean }
  | { readonly kind: "file"; readonly key: string; readonly entry: Entry; readonly name: string; readonly depth: number };

interface Branch {
  readonly folders: Map<string, Branch>;
  readonly files: Entry[];
}

const seed = (): Branch => ({ folders: new Map(), files: [] });
const parts = (name: string): string[] => name.replaceAll("\\", "/").split("/");
const byName = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true });

function grown(entries: readonly Entry[]): Branch {
  const root = seed();
  for (const entry of entries) {
    let at = root;
    for (const part of [entry.folder, ...parts(entry.name).slice(0, -1)]) {
      const next = at.folders.get(part) ?? seed();
      at.folders.set(part, next);
      at = next;
    }
    at.files.push(entry);
  }
  return root;
}

const countOf = (branch: Branch): number => branch.files.length + [...branch.folders.values()].reduce((sum, inner) => sum + countOf(inner), 0);

/** A search unfolds everything that it finds. */
export function rowsOf(entries: readonly Entry[], open: ReadonlySet<string>, query: string): readonly Row[] {
  const isFound = finder(query);
  const isSearching = query.trim() !== "";
  const found = entries.filter((entry) => isFound(`${entry.folder}/${entry.name}`));
  const rows: Row[] = [];
  const walk = (branch: Branch, path: string, depth: number): void => {
    for (const [name, inner] of [...branch.folders].sort(([a], [b]) => byName(a, b))) {
      const key = path === "" ? name : `${path}/${name}`;
      const isOpen = isSearching || open.has(key);
      rows.push({ kind: "folder", key, name, depth, count: countOf(inner), isOpen });
      if (isOpen) walk(inner, key, depth + 1);
    }
    for (const entry of branch.files.toSorted((a, b) => byName(a.name, b.name))) rows.push({ kind: "file", key: fileKey(entry), entry, name: parts(entry.name).pop() ?? entry.name, depth });
  };
  walk(grown(found), "", 0);
  return rows;
}

export const fileKey = ({ folder, pathIndex, name }: Entry): string => `${folder}#${pathIndex}/${name}`;

/** The same directory may serve two folders, `unet` and `diffusion_models`: the older name is left out. */
const TWINS: Readonly<Record<string, string>> = { unet: "diffusion_models", clip: "text_encoders" };

export function withoutTwins<T extends { readonly name: string; readonly folders: readonly string[] }>(folders: readonly T[]): readonly T[] {
  return folders.filter(({ name, folders: own }) => {
    const twin = folders.find((other) => other.name === TWINS[name]);
    return twin === undefined || own.join("|") !== twin.folders.join("|");
  });
}
