/** Inputs that are rarely set: folded away behind one button for each node, as the file of the workflow says. */
import { ChevronDown, ChevronRight } from "lucide-react";

import { useWidgets } from "@/canvas/hooks";
import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { updateNode } from "@/model/actions";
import { documentStore, transact } from "@/model/document";
import { isAdvanced } from "@/model/geometry";
import { useDef } from "@/session/store";

import styles from "./WidgetRow.module.css";

/** Name that files use. */
const SHOWN = "showAdvanced";

export function useAdvanced(node: string, widget: Widget): { readonly isShown: boolean; readonly isFirst: boolean } {
  const def = useDef(documentStore((state) => state.doc.nodes[node]?.type ?? ""));
  const first = useWidgets(node, def).find(isAdvanced);
  const isShown = documentStore((state) => state.doc.nodes[node]?.raw[SHOWN] === true);
  return { isShown, isFirst: first === undefined || first.key === widget.key };
}

export function AdvancedSwitch({ node, isShown }: { readonly node: string; readonly isShown: boolean }) {
  const toggle = (): void =>
    transact("step.collapse", (doc) => updateNode(doc, node, { raw: { ...doc.nodes[node]?.raw, [SHOWN]: !isShown } }));
  const Icon = isShown ? ChevronDown : ChevronRight;
  return (
    <button type="button" className={`${styles.advanced} nodrag`} aria-expanded={isShown} data-testid={`advanced-${node}`} onClick={toggle}>
      <Icon size={13} />
      {t(isShown ? "fields.hideAdvanced" : "fields.showAdvanced")}
    </button>
  );
}
