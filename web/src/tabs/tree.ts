/** Paths as folders within folders. */

export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly folders: readonly Folder[];
  /** Paths of the files in it. */
  readonly files: readonly string[];
}

const byName = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true, sensitivity: "base" });

const leaf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Folders before files, each by name. */
export function folderTree(paths: readonly string[], path = ""): Folder {
  const prefix = path === "" ? "" : `${path}/`;
  const inside = paths.filter((item) => item.startsWith(prefix));
  const isHere = (item: string): boolean => !item.slice(prefix.length).includes("/");
  const names = new Set(inside.filter((item) => !isHere(item)).map((item) => item.slice(prefix.length).split("/")[0] ?? ""));
  return {
    ...{ path, name: leaf(path) },
    folders: [...names].toSorted(byName).map((name) => folderTree(inside, prefix + name)),
    files: inside.filter(isHere).toSorted(byName),
  };
}
