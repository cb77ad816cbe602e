/** Node types as a tree of their categories. */
import type { NodeDef } from "@/formats/definitions";

export interface Branch {
  readonly name: string;
  readonly path: string;
  readonly branches: readonly Branch[];
  readonly nodes: readonly NodeDef[];
  readonly count: number;
}

interface Growing {
  readonly name: string;
  readonly path: string;
  readonly branches: Map<string, Growing>;
  readonly nodes: NodeDef[];
}

const seed = (name: string, path: string): Growing => ({ name, path, branches: new Map(), nodes: [] });

export function nodeTree(defs: readonly NodeDef[]): Branch {
  const root = seed("", "");
  for (const def of defs) {
    let at = root;
    for (const part of def.category.split("/").filter(Boolean)) {
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
  const rank = (name: string): string => (name.startsWith("_") ? `~${name}` : name);
  const byName = (a: { name: string }, b: { name: string }): number => rank(a.name).localeCompare(rank(b.name));
  const branches = [...branch.branches.values()].map(grown).sort(byName);
  const nodes = branch.nodes.sort((a, b) => a.title.localeCompare(b.title));
  return { name: branch.name, path: branch.path, branches, nodes, count: nodes.length + branches.reduce((sum, item) => sum + item.count, 0) };
}
