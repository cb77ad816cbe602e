/** Node types as a tree: by category, by pack, or as one list by name; and its rows as they are shown. */
import type { NodeDef } from "@/formats/definitions";

export interface Branch {
  readonly name: string;
  readonly path: string;
  readonly branches: readonly Branch[];
  readonly nodes: readonly NodeDef[];
  readonly count: number;
}

export type Arrangement = "category" | "pack" | "name";

interface Growing {
  readonly name: string;
  readonly path: string;
  readonly branches: Map<string, Growing>;
  readonly nodes: NodeDef[];
}

const seed = (name: string, path: string): Growing => ({ name, path, branches: new Map(), nodes: [] });

/** The pack of a node type; what comes with the program is `core`. */
export const packOf = ({ module }: NodeDef, core: string): string => /^custom_nodes\.([^.]+)/.exec(module)?.[1] ?? core;

export function nodeTree(defs: readonly NodeDef[], arrangement: Arrangement = "category", core = "Heddle"): Branch {
  const root = seed("", "");
  for (const def of defs) {
    const parts = arrangement === "name" ? [] : def.category.split("/").filter(Boolean);
    let at = root;
    for (const part of arrangement === "pack" ? [packOf(def, core), ...parts] : parts) {
      const next = at.branches.get(part) ?? seed(part, `${at.path}/${part}`);
      at.branches.set(part, next);
      at = next;
    }
    at.nodes.push(def);
  }
  return grown(root);
}

function grown(branch: Growing): Branch {
  // Categories that begin with an underscore are workshops: they come last.
  const rank = (name: string): number => (name.startsWith("_") ? 1 : 0);
  const byName = (a: { name: string }, b: { name: string }): number => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name);
  const branches = [...branch.branches.values()].map(grown).sort(byName);
  const nodes = branch.nodes.sort((a, b) => a.title.localeCompare(b.title));
  return { name: branch.name, path: branch.path, branches, nodes, count: nodes.length + branches.reduce((sum, item) => sum + item.count, 0) };
}

export type TreeRow =
  | { readonly kind: "branch"; readonly key: string; readonly branch: Branch; readonly depth: number; readonly isOpen: boolean; readonly parent: string | null }
  | { readonly kind: "node"; readonly key: string; readonly def: NodeDef; readonly depth: number; readonly parent: string | null };

/** The rows that can be seen while these branches are open. */
export function rowsOf({ branches, nodes }: Branch, open: ReadonlySet<string>, depth = 0, parent: string | null = null): readonly TreeRow[] {
  const folded = branches.flatMap((branch): readonly TreeRow[] => {
    const isOpen = open.has(branch.path);
    const row: TreeRow = { kind: "branch", key: branch.path, branch, depth, isOpen, parent };
    return isOpen ? [row, ...rowsOf(branch, open, depth + 1, branch.path)] : [row];
  });
  return [...folded, ...nodes.map((def): TreeRow => ({ kind: "node", key: `${parent ?? ""}|${def.type}`, def, depth, parent }))];
}

export type Step = { readonly focus: string } | { readonly open: string } | { readonly close: string } | null;

/** What an arrow key does in a tree: right opens, then goes inside; left closes, then goes out. */
export function stepFrom(rows: readonly TreeRow[], key: string, press: string): Step {
  const at = rows.findIndex((row) => row.key === key);
  const row = rows[at];
  if (row === undefined) return null;
  const go = (to: TreeRow | undefined): Step => (to === undefined ? null : { focus: to.key });
  if (press === "ArrowDown") return go(rows[at + 1]);
  if (press === "ArrowUp") return go(rows[at - 1]);
  if (press === "Home") return go(rows[0]);
  if (press === "End") return go(rows[rows.length - 1]);
  if (press === "ArrowRight" && row.kind === "branch") return row.isOpen ? go(rows[at + 1]) : { open: row.key };
  if (press === "ArrowLeft") return row.kind === "branch" && row.isOpen ? { close: row.key } : row.parent === null ? null : { focus: row.parent };
  return null;
}
