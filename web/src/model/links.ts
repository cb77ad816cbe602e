/** Links by their ends, computed once for each state of the document. */
import type { Doc, DocLink, NodeId } from "./types";

export interface LinkIndex {
  readonly into: ReadonlyMap<string, DocLink>;
  readonly outOf: ReadonlyMap<string, readonly DocLink[]>;
}

const cache = new WeakMap<Doc["links"], LinkIndex>();
const NONE: readonly DocLink[] = [];

export function linkIndex(links: Doc["links"]): LinkIndex {
  const known = cache.get(links);
  if (known !== undefined) return known;
  const into = new Map<string, DocLink>();
  const outOf = new Map<string, DocLink[]>();
  for (const link of Object.values(links)) {
    into.set(`${link.to}|${link.input}`, link);
    const key = `${link.from}|${link.slot}`;
    const same = outOf.get(key);
    if (same === undefined) outOf.set(key, [link]);
    else same.push(link);
  }
  const index = { into, outOf };
  cache.set(links, index);
  return index;
}

export const linkInto = (doc: Doc, node: NodeId, input: string): DocLink | undefined => linkIndex(doc.links).into.get(`${node}|${input}`);
export const linksOutOf = (doc: Doc, node: NodeId, slot: number): readonly DocLink[] => linkIndex(doc.links).outOf.get(`${node}|${slot}`) ?? NONE;
