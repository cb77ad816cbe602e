/** What the sweeps add to the menus of widgets. */
import { LayoutGrid, X } from "lucide-react";

import { t } from "@/i18n";
import { currentDoc, currentWhole, documentStore, transactWhole } from "@/model/document";
import { linkInto } from "@/model/links";
import { tabStore } from "@/tabs/store";
import { registerWidgetAction } from "@/widgets/menu";

import { sheetIn } from "./cells";
import { removeSweep, sweepAt } from "./document";
import { modesOf } from "./draft";
import { spotOf, watchFocus } from "./focus";
import { editSweep, rememberSheet, showSheet } from "./view";

const SECTION = 20;

/** A workflow that comes with its sheet, out of a picture of it, shows it once. */
function watchOpened(): () => void {
  const seen = new Set(tabStore.getState().tabs.map(({ id }) => id));
  return documentStore.subscribe(({ tab, whole }) => {
    if (seen.has(tab)) return;
    seen.add(tab);
    const sheet = sheetIn(whole);
    if (sheet === null) return;
    rememberSheet(tab, sheet);
    showSheet(sheet);
  });
}

/** Returns the way back. */
export function startSweeps(): () => void {
  const stops = [watchFocus(), watchOpened()];
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
    stops.forEach((stop) => stop());
    unregister();
  };
}
