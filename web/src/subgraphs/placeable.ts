/** Node types that may stand on the page that is shown: all but the subgraphs that it is inside of. */
import { useMemo } from "react";
import { useShallow } from "zustand/react/shallow";

import { useDefs } from "@/session/store";
import type { NodeDefs } from "@/formats/definitions";
import { documentStore } from "@/model/document";
import { forbiddenAt } from "@/model/subgraphs";

export function usePlaceable(): NodeDefs {
  const defs = useDefs();
  const forbidden = documentStore(useShallow(({ whole, path }) => [...forbiddenAt(whole, path)]));
  return useMemo(() => {
    const out = new Set(forbidden);
    return out.size === 0 ? defs : Object.fromEntries(Object.entries(defs).filter(([type]) => !out.has(type)));
  }, [defs, forbidden]);
}
