/** The document of one cell: it runs by itself, without the sweep. */
import type { NodeDefs } from "@/formats/definitions";
import { drawerOf, withDrawer } from "@/model/extra";
import type { Doc } from "@/model/types";

import { clearSweeps, withValue, type Axis } from "./document";
import { valuesIn, type Cell } from "./grid";

/** `serverDefs` are the server's. */
export function cellDoc(whole: Doc, serverDefs: NodeDefs, axes: readonly Axis[], cell: Pick<Cell, "at">): Doc {
  const values = valuesIn(axes, cell);
  return withoutSheet(clearSweeps(axes.reduce((doc, axis, i) => withValue(doc, serverDefs, axis, values[i] ?? null), whole)));
}

/** Which sheet a workflow came with. */
export const SHEET = "sheet";

export function sheetIn(whole: Doc): string | null {
  const id = drawerOf(whole, SHEET);
  return typeof id === "string" && id !== "" ? id : null;
}

const withoutSheet = (whole: Doc): Doc => (sheetIn(whole) === null ? whole : withDrawer(whole, SHEET, undefined));
