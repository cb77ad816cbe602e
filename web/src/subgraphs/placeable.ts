/** Node types that may stand on the page that is shown: the server's and the canvas's own, and all but the subgraphs that it is inside of. */
import { useMemo } from "react";
import { useShallow } from "zustand/react/shallow";

import { withCanvasTypes } from "@/session/canvasTypes";
import type { NodeDefs } from "@/formats/definitions";
import { documentStore } from "@/model/document";
import { forbiddenAt } from "@/model/subgraphs";
import { useDefs } from "@/session/store";

export function usePlaceable(): NodeDefs {
  const defs = useDefs();
  const forbidden = documentStore(useShallow(({ whole, path }) => [...forbiddenAt(whole, path)]));
  return useMemo(() => {
    const [all, out] = [withCanvasTypes(defs), new Set(forbidden)];
    return out.size === 0 ? all : Object.fromEntries(Object.entries(all).filter(([type]) => !out.has(type)));
  }, [defs, forbidden]);
}
