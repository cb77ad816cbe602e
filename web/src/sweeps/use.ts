/** What a sheet gives back to the workflow: the values of a cell, or the sweep as a whole. */
import { toast } from "sonner";

import { withDrawer } from "@/model/extra";
import { t } from "@/i18n";
import { currentWhole, transactWhole } from "@/model/document";
import type { Doc } from "@/model/types";
import { currentDefs, serverDefs } from "@/session/store";

import { SHEET } from "./cells";
import { replaceSweeps, valueAt, widgetAt, withValue, type Axis } from "./document";
import { valuesIn, type Cell } from "./grid";

/** One step of undo. Values for nodes that are not here any more are left out, and said. */
export function applyCell(axes: readonly Axis[], cell: Pick<Cell, "at">): void {
  const values = valuesIn(axes, cell);
  const isHere = (axis: Axis): boolean => widgetAt(currentWhole(), currentDefs(), axis) !== null || valueAt(currentWhole(), axis) !== undefined;
  const here = axes.filter(isHere);
  const missing = axes.filter((axis) => !here.includes(axis));
  if (here.length > 0) transactWhole("sweeps.step.use", (whole) => axes.reduce((doc, axis, i) => (here.includes(axis) ? withValue(doc, serverDefs(), axis, values[i] ?? null) : doc), whole));
  if (missing.length > 0) toast.error(t("sweeps.notHere", { names: missing.map((axis) => axis.title).join(", ") }));
  else toast(t("sweeps.used"), { duration: 2000 });
}

/** A workflow that has these sweeps and knows its sheet: what a picture of the sheet opens. */
export const withSheet = (whole: Doc, axes: readonly Axis[], id: string): Doc => withDrawer(replaceSweeps(whole, axes), SHEET, id);
