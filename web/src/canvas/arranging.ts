/** Lining up and arranging what is selected. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { moveNodes, updateNodes } from "@/model/actions";
import { aligned, distributed, type Edge, type Placed } from "@/model/align";
import { currentDoc, currentPath, currentSelection, currentTab, transact } from "@/model/document";
import { arrangeLater } from "@/model/layout";
import { currentDefs } from "@/session/store";

import { chosen } from "./editing";
import { boxOf, fitView } from "./viewport";

export const hasSeveral = (): boolean => chosen().length > 1;
export const hasThree = (): boolean => chosen().length > 2;

const placedNodes = (): readonly Placed[] => chosen().flatMap((id) => {
  const box = boxOf(id);
  return box === null || currentDoc().nodes[id]?.pinned === true ? [] : [{ id, box }];
});

export const align = (edge: Edge) => (): void => transact("arranging.step.align", (doc) => moveNodes(doc, aligned(placedNodes(), edge)));
export const distribute = (axis: "x" | "y") => (): void => transact("arranging.step.distribute", (doc) => moveNodes(doc, distributed(placedNodes(), axis)));

/** As wide as the widest. */
export function sameWidth(): void {
  const width = Math.max(0, ...chosen().map((id) => currentDoc().nodes[id]?.size.width ?? 0));
  const ids = chosen();
  transact("arranging.step.width", (doc) => updateNodes(doc, ids, ({ size }) => ({ size: { ...size, width } })));
}

/** The selection if there are several, else everything. The canvas goes on while it is computed. */
export async function arrangeNodes(): Promise<void> {
  const { nodes } = currentSelection();
  const only = nodes.length > 1 ? new Set(nodes) : undefined;
  const place = `${currentTab()}/${currentPath().join("/")}`;
  try {
    const change = await arrangeLater(currentDoc(), currentDefs(), only, boxOf);
    if (place !== `${currentTab()}/${currentPath().join("/")}`) return;
    transact("step.arrange", change);
    if (only === undefined) setTimeout(fitView, 50);
  } catch (error) {
    toast.error(t("arranging.failed"), { description: error instanceof Error ? error.message : "", action: { label: t("arranging.again"), onClick: () => void arrangeNodes() } });
  }
}
