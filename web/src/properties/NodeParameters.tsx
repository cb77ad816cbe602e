/** One node's values and wires, and what is wrong with it. */
import { ClipboardCopy } from "lucide-react";
import { toast } from "sonner";

import { useFace, useRun, useWidgets } from "@/canvas/hooks";
import { t } from "@/i18n";
import { idHere } from "@/model/document";
import { hasOwnRow } from "@/model/geometry";
import type { NodeId } from "@/model/types";
import { copyReport } from "@/panels/errors";
import { useDef } from "@/session/store";
import { SubgraphSection } from "@/subgraphs/SubgraphSection";
import { finder } from "@/ui/words";
import { labelOf, WidgetRow } from "@/widgets/WidgetRow";

import { NodeLinks } from "./NodeLinks";
import styles from "./Properties.module.css";

export function NodeParameters({ id, query }: { readonly id: NodeId; readonly query: string }) {
  const face = useFace(id);
  const def = useDef(face?.type ?? "");
  const all = useWidgets(id, def);
  if (face === undefined) return null;
  const isFound = finder(query);
  const widgets = all.filter((widget) => hasOwnRow(widget) && widget.kind !== "upload" && isFound(`${labelOf(widget)} ${widget.name}`));
  const isSearching = query.trim() !== "";
  return (
    <>
      <NodeTrouble id={id} />
      {!face.known && <p className={styles.hint}>{t("node.unknown")}</p>}
      {(widgets.length > 0 || isSearching) && (
        <section className={styles.section} aria-label={t("properties.parameters")}>
          {widgets.length === 0 && <p className={styles.hint}>{t("properties.noMatch")}</p>}
          <div className={styles.widgets}>
            {widgets.map((widget) => (
              <WidgetRow key={widget.key} node={id} widget={widget} />
            ))}
          </div>
        </section>
      )}
      {all.length === 0 && !isSearching && face.known && <p className={styles.hint}>{t("inspector.noParameters")}</p>}
      {!isSearching && <SubgraphSection id={id} />}
      <NodeLinks id={id} query={query} />
    </>
  );
}

function NodeTrouble({ id }: { readonly id: NodeId }) {
  const error = useRun(id, (run) => run.error);
  const trace = useRun(id, (run) => run.traceback);
  if (error === null) return null;
  const copy = async (): Promise<void> => {
    const node = idHere(id);
    const isCopied = await copyReport([{ key: node, node, input: null, sentence: error, trace }], null);
    toast(t(isCopied ? "help.errors.copied" : "fields.noClipboard"), { id: "report", duration: 2500 });
  };
  return (
    <section className={styles.section} aria-label={t("inspector.error")}>
      <p className={styles.error}>{error}</p>
      {trace.length > 0 && (
        <details className={styles.trace}>
          <summary>{t("inspector.trace")}</summary>
          <pre>{trace.join("")}</pre>
        </details>
      )}
      <button type="button" className={styles.button} onClick={() => void copy()}>
        <ClipboardCopy size={13} aria-hidden />
        {t("help.errors.copy")}
      </button>
    </section>
  );
}
