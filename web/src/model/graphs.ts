/** A change of one page of a document by the id of its subgraph, with what the change brings on that page. */
import type { NodeDefs } from "@/formats/definitions";

import { withSubgraphs } from "./definitions";
import { graphOf, graphsOf } from "./pages";
import { settled } from "./settle";
import type { Doc, Graph } from "./types";

/** A page as a document of its own; undefined where there is no such subgraph. Null is the outermost page. */
export function docOf(whole: Doc, page: string | null): Doc | undefined {
  const graph = graphOf(whole, page);
  return graph === undefined ? undefined : { ...graph, subgraphs: whole.subgraphs };
}

function withGraph(whole: Doc, page: string | null, { nodes, links, reroutes, groups, lastNodeId, lastLinkId, raw }: Graph): Doc {
  const graph = { nodes, links, reroutes, groups, lastNodeId, lastLinkId, raw };
  if (page === null) return { ...whole, ...graph };
  const before = whole.subgraphs[page];
  return before === undefined ? whole : { ...whole, subgraphs: { ...whole.subgraphs, [page]: { ...before, ...graph } } };
}

/** What a change of the whole document brings on each page that was there before. `serverDefs` are the server's. */
export function settledPages(after: Doc, before: Doc, serverDefs: NodeDefs): Doc {
  const defs = withSubgraphs(serverDefs, after.subgraphs);
  return graphsOf(after).reduce((whole, [page]) => {
    const [now, old] = [docOf(after, page), docOf(before, page)];
    if (now === undefined || old === undefined || (now.nodes === old.nodes && now.links === old.links)) return whole;
    const found = settled(now, old, defs);
    return found === now ? whole : withGraph(whole, page, found);
  }, after);
}

/** `serverDefs` are the server's. */
export function changedAt(whole: Doc, serverDefs: NodeDefs, page: string | null, change: (doc: Doc) => Doc): Doc {
  const before = docOf(whole, page);
  const after = before === undefined ? undefined : change(before);
  if (before === undefined || after === undefined || after === before) return whole;
  return withGraph(whole, page, settled(after, before, withSubgraphs(serverDefs, whole.subgraphs)));
}
