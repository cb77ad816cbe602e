/** What the sweeps add to the menus of widgets. */
import { LayoutGrid, X } from "lucide-react";

import { t } from "@/i18n";
import { currentDoc, currentWhole, transactWhole } from "@/model/document";
import { linkInto } from "@/model/links";
import { registerWidgetAction } from "@/widgets/menu";

import { removeSweep, sweepAt } from "./document";
import { modesOf } from "./draft";
import { spotOf, watchFocus } from "./focus";
import { editSweep } from "./view";

const SECTION = 20;

/** Returns the way back. */
export function startSweeps(): () => void {
  const unwatch = watchFocus();
  const unregister = registerWidgetAction({
    id: "sweep",
    section: SECTION,
    items: (node, widget) => {
      const values = currentDoc().nodes[node]?.values ?? {};
      if (!widget.inPrompt || modesOf(widget, values).length === 0 || linkInto(currentDoc(), node, widget.name) !== undefined) return [];
      const spot = spotOf(node, widget.key);
      const isSwept = sweepAt(currentWhole(), spot) !== undefined;
      return [
        { id: "sweep", label: t(isSwept ? "sweeps.menuEdit" : "sweeps.menu"), Icon: LayoutGrid, run: () => editSweep(spot) },
        ...(isSwept ? [{ id: "unsweep", label: t("sweeps.menuRemove"), Icon: X, run: () => transactWhole("sweeps.step.remove", (whole) => removeSweep(whole, spot)) }] : []),
      ];
    },
  });
  return () => {
    unwatch();
    unregister();
  };
}
