/** What an empty canvas offers to begin with. */
import { LayoutTemplate, Plus } from "lucide-react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { runCommand } from "@/palette/registry";

import styles from "./EmptyCanvas.module.css";
import { openTemplates } from "./store";

export function EmptyCanvas() {
  const isEmpty = documentStore((state) => state.path.length === 0 && Object.keys(state.doc.nodes).length === 0);
  if (!isEmpty) return null;
  return (
    <div className={styles.empty} data-testid="empty-canvas">
      <p className={styles.title}>{t("templates.emptyTitle")}</p>
      <div className={styles.actions}>
        <button type="button" onClick={() => runCommand("addNode")}>
          <Plus size={15} aria-hidden />
          {t("templates.addNode")}
        </button>
        <button type="button" onClick={openTemplates}>
          <LayoutTemplate size={15} aria-hidden />
          {t("templates.openTemplate")}
        </button>
      </div>
      <p>{t("templates.emptyHint")}</p>
    </div>
  );
}
