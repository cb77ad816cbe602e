/** The pages of a document: which graph a path of instances leads to, and how a changed page goes back. */
import type { Doc, Graph, NodeId, Path, Subgraph, Subgraphs } from "./types";

/** Id of the subgraph whose inside the path leads to; null is the outermost page, undefined a path to nowhere. */
export function subgraphAt(whole: Doc, path: Path): string | null | undefined {
  let at: Graph = whole;
  let id: string | null = null;
  for (const step of path) {
    const type = at.nodes[step]?.type;
    const inner: Subgraph | undefined = type === undefined ? undefined : whole.subgraphs[type];
    if (inner === undefined) return undefined;
    id = inner.id;
    at = inner;
  }
  return id;
}

/** As much of a path as still leads somewhere. */
export function validPath(whole: Doc, path: Path): Path {
  for (let length = path.length; length > 0; length -= 1) {
    const head = path.slice(0, length);
    if (subgraphAt(whole, head) !== undefined) return length === path.length ? path : head;
  }
  return path.length === 0 ? path : [];
}

export const graphOf = (whole: Doc, id: string | null): Graph | undefined => (id === null ? whole : whole.subgraphs[id]);

export function pageOf(whole: Doc, path: Path): Doc {
  const id = subgraphAt(whole, path);
  const inner = id === null || id === undefined ? undefined : whole.subgraphs[id];
  return inner === undefined ? whole : { ...inner, subgraphs: whole.subgraphs };
}

/** The whole document with one page, and whatever subgraphs the page brings, in place of the old. */
export function withPage(whole: Doc, path: Path, page: Doc): Doc {
  const id = subgraphAt(whole, path);
  const inner = id === null || id === undefined ? undefined : page.subgraphs[id];
  if (inner === undefined) return page;
  const { subgraphs, ...graph } = page;
  return { ...whole, subgraphs: { ...subgraphs, [inner.id]: { ...graph, id: inner.id, name: inner.name } } };
}

/** All graphs of a document by the id of their subgraph, the outermost page first. */
export const graphsOf = (whole: Doc): readonly (readonly [string | null, Graph])[] => [[null, whole], ...Object.values(whole.subgraphs).map((item): [string, Graph] => [item.id, item])];

/** Every instance of every subgraph that the document really runs, as paths, outermost first. */
export function pathsOf(whole: Doc): readonly Path[] {
  const found: Path[] = [[]];
  for (const path of found) {
    const page = graphOf(whole, subgraphAt(whole, path) ?? null) ?? whole;
    const outer = new Set(typesAlong(whole, path));
    for (const node of Object.values(page.nodes)) if (whole.subgraphs[node.type] !== undefined && !outer.has(node.type)) found.push([...path, node.id]);
  }
  return found;
}

/** Ids of the subgraphs that a path passes through: a subgraph inside itself would never end. */
export function typesAlong(whole: Doc, path: Path): readonly string[] {
  return path.map((_step, i) => subgraphAt(whole, path.slice(0, i + 1))).flatMap((id) => (typeof id === "string" ? [id] : []));
}

/** Ids of all subgraphs that are used inside of this one, at any depth. */
export function usedInside(subgraphs: Subgraphs, id: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [id];
  for (const next of open)
    for (const node of Object.values(subgraphs[next]?.nodes ?? {}))
      if (subgraphs[node.type] !== undefined && !found.has(node.type)) {
        found.add(node.type);
        open.push(node.type);
      }
  return found;
}

/** Execution id of a node on the page of a path: what the server and the run state call it. */
export const executionId = (path: Path, id: NodeId): string => [...path, id].join(":");

export function splitExecutionId(id: string): { readonly path: Path; readonly node: NodeId } {
  const steps = id.split(":");
  return { path: steps.slice(0, -1), node: steps[steps.length - 1] ?? "" };
}
