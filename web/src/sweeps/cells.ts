/** The document of one cell: it runs by itself, without the sweep. */
import type { NodeDefs } from "@/formats/definitions";
import type { Doc } from "@/model/types";

import { clearSweeps, withValue, type Axis } from "./document";
import { valuesIn, type Cell } from "./grid";

/** `serverDefs` are the server's. */
export function cellDoc(whole: Doc, serverDefs: NodeDefs, axes: readonly Axis[], cell: Pick<Cell, "at">): Doc {
  const values = valuesIn(axes, cell);
  return clearSweeps(axes.reduce((doc, axis, i) => withValue(doc, serverDefs, axis, values[i] ?? null), whole));
}
