/** The bends of wires as chains, from the output that a wire leaves to the input that it ends in. */
import type { DocLink, Graph, Reroute } from "./types";

type Reroutes = Graph["reroutes"];

/** Ids of the bends up to and with `last`. */
export function chainOf(reroutes: Reroutes, last: number | null): readonly number[] {
  const chain: number[] = [];
  for (let at = last; at !== null && reroutes[at] !== undefined && !chain.includes(at); at = reroutes[at]?.parent ?? null) chain.unshift(at);
  return chain;
}

/** What all wires of one output are led through before they part, as far as `isPart` says. */
export function sharedChain(reroutes: Reroutes, links: readonly DocLink[], isPart: (bend: Reroute) => boolean): readonly number[] {
  const chains = links.map((link) => chainOf(reroutes, link.reroute));
  const [first = [], ...others] = chains;
  const end = first.findIndex((id, i) => {
    const bend = reroutes[id];
    return bend === undefined || !isPart(bend) || others.some((chain) => chain[i] !== id);
  });
  return end < 0 ? first : first.slice(0, end);
}

/** The bends of these chains as a page of their own holds them: those whose parent stays behind begin anew. */
export function cutOut(reroutes: Reroutes, chains: readonly (readonly number[])[]): Reroutes {
  const ids = new Set(chains.flat());
  return Object.fromEntries([...ids].flatMap((id) => {
    const bend = reroutes[id];
    return bend === undefined ? [] : [[id, bend.parent !== null && ids.has(bend.parent) ? bend : { ...bend, parent: null }]];
  }));
}
