/** The values that a swept widget goes through, below it. */
import { LayoutGrid } from "lucide-react";

import type { Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { withSubgraphs } from "@/model/definitions";
import { documentStore, type DocumentState } from "@/model/document";
import { subgraphAt } from "@/model/pages";
import { serverDefs } from "@/session/store";

import { storedSweeps, valuesAt, widgetAt, type Sweep } from "./document";
import { labelsOf } from "./spec";
import styles from "./SweepChip.module.css";
import { editSweep } from "./view";

/** Asked by every widget at every change: most workflows have no sweeps at all. */
function sweepHere(state: DocumentState, node: string, key: string): Sweep | undefined {
  const all = storedSweeps(state.whole);
  if (all.length === 0) return undefined;
  const found = all.find((sweep) => sweep.node === node && sweep.key === key);
  if (found === undefined) return undefined;
  const page = subgraphAt(state.whole, state.path) ?? null;
  return all.find((sweep) => sweep.page === page && sweep.node === node && sweep.key === key);
}

export function SweepChip({ node, widget, label }: { readonly node: string; readonly widget: Widget; readonly label: string }) {
  const sweep = documentStore((state) => sweepHere(state, node, widget.key));
  return sweep === undefined ? null : <Chip sweep={sweep} label={label} />;
}

function Chip({ sweep, label }: { readonly sweep: Sweep; readonly label: string }) {
  const words = documentStore(({ whole }) => {
    const widget = widgetAt(whole, withSubgraphs(serverDefs(), whole.subgraphs), sweep);
    return widget === null ? "" : labelsOf(sweep.spec, valuesAt(whole, widget, sweep)).join(" · ");
  });
  if (words === "") return null;
  return (
    <button type="button" className={`${styles.chip} nodrag`} aria-label={t("sweeps.chip", { name: label, values: words })} title={words} data-testid={`sweep-chip-${sweep.node}-${sweep.key}`} onClick={() => editSweep(sweep)}>
      <LayoutGrid size={12} />
      <span>{words}</span>
    </button>
  );
}
