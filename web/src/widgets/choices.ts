/** Long lists of choices: search, folders, and what a choice is called. */
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import { finder, folded, wordsOf } from "@/ui/words";

/** All typed words must occur; names that start with the first come first. */
export function searchChoices(choices: readonly Json[], query: string): Json[] {
  const isFound = finder(query);
  const found = choices.filter((choice) => isFound(asText(choice)));
  const first = wordsOf(query)[0];
  if (first === undefined) return found;
  const leads = (choice: Json): number => Number(folded(asText(choice)).startsWith(first));
  return found.sort((a, b) => leads(b) - leads(a));
}

export type Row =
  | { readonly kind: "folder"; readonly path: string; readonly name: string; readonly depth: number; readonly isOpen: boolean; readonly count: number }
  | { readonly kind: "choice"; readonly choice: Json; readonly name: string; readonly depth: number };

const SLASH = /[\\/]/;

export const hasFolders = (choices: readonly Json[]): boolean => choices.some((choice) => typeof choice === "string" && SLASH.test(choice));

export function foldersOf(choice: Json): readonly string[] {
  const parts = asText(choice).split(SLASH).slice(0, -1);
  return parts.map((_part, i) => parts.slice(0, i + 1).join("/"));
}

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly folders: Map<string, Folder>;
  readonly choices: Json[];
  count: number;
}

/** The choices as a tree with these folders open: folders first, both in the order of the server. */
export function treeRows(choices: readonly Json[], open: ReadonlySet<string>): readonly Row[] {
  const root: Folder = { path: "", name: "", folders: new Map(), choices: [], count: 0 };
  for (const choice of choices) put(root, choice);
  return rowsOf(root, open, 0);
}

function put(root: Folder, choice: Json): void {
  let at = root;
  for (const path of foldersOf(choice)) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const inner = at.folders.get(path) ?? { path, name, folders: new Map(), choices: [], count: 0 };
    at.folders.set(path, inner);
    inner.count += 1;
    at = inner;
  }
  at.choices.push(choice);
}

function rowsOf(folder: Folder, open: ReadonlySet<string>, depth: number): Row[] {
  const folders = [...folder.folders.values()].flatMap((inner): Row[] => {
    const isOpen = open.has(inner.path);
    const row: Row = { kind: "folder", path: inner.path, name: inner.name, depth, isOpen, count: inner.count };
    return isOpen ? [row, ...rowsOf(inner, open, depth + 1)] : [row];
  });
  return [...folders, ...folder.choices.map((choice): Row => ({ kind: "choice", choice, name: nameOf(choice), depth }))];
}

const nameOf = (choice: Json): string => asText(choice).split(SLASH).at(-1) ?? "";

/** While one searches, the whole name is shown, without folders to open. */
export const flatRows = (choices: readonly Json[]): readonly Row[] => choices.map((choice) => ({ kind: "choice", choice, name: asText(choice), depth: 0 }));

/** A list of values, whatever a file holds. */
export const valuesOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : value === undefined || value === null || value === "" ? [] : [value]);

/** One more or one less, in the order of the choices. */
export function toggleChoice(values: readonly Json[], choice: Json, choices: readonly Json[]): Json[] {
  const next = values.includes(choice) ? values.filter((value) => value !== choice) : [...values, choice];
  return next.sort((a, b) => choices.indexOf(a) - choices.indexOf(b));
}
