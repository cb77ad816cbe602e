/** What people do with presets and value sets. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { currentSelection, currentWhole, transact, transactWhole } from "@/model/document";
import { updateNodes } from "@/model/actions";
import type { NodeId } from "@/model/types";
import { currentDefs, serverDefs } from "@/session/store";

import { applySet, matched, type ValueSet } from "./sets";
import { withPreset, type TypePreset } from "./types";

/** One step of undo; nodes of other numbers are offered, not taken. */
export function applyNamed(set: ValueSet): void {
  const matches = set.entries.map((entry) => matched(currentWhole(), currentDefs(), entry));
  const others = matches.filter((match) => !match.isExact && match.node !== null);
  const gone = matches.filter((match) => match.node === null);
  if (others.length < matches.length) transactWhole("presets.step.apply", (whole) => applySet(whole, serverDefs(), set));
  const names = (entries: typeof matches): string => entries.map(({ entry }) => entry.title).join(", ");
  if (others.length > 0)
    toast.info(t("presets.otherIds", { names: names(others) }), { duration: 12_000, action: { label: t("presets.applyThere"), onClick: () => transactWhole("presets.step.apply", (whole) => applySet(whole, serverDefs(), set, true)) } });
  if (gone.length > 0) toast.error(t("presets.gone", { names: names(gone) }));
}

/** To a node, and to all others of its type that are selected with it. */
export function applyPreset(type: string, preset: TypePreset, only?: NodeId): void {
  const chosen = only !== undefined && !currentSelection().nodes.includes(only) ? [only] : currentSelection().nodes;
  transact("presets.step.preset", (doc) => updateNodes(doc, chosen.filter((id) => doc.nodes[id]?.type === type), (node) => withPreset(node, currentDefs(), preset)));
}
