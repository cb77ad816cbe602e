/** The label of a row or column, and how to put it out of sight. */
import { EyeOff } from "lucide-react";

import { t } from "@/i18n";

import type { Line } from "./grid";
import { lineKey } from "./shown";
import { sheetStore } from "./sheet";
import styles from "./Sheet.module.css";

interface Props {
  readonly side: "columns" | "rows";
  readonly line: Line;
  readonly canHide: boolean;
}

export function SheetHead({ side, line, canHide }: Props) {
  const hide = (): void => sheetStore.setState(({ hidden }) => ({ hidden: new Set([...hidden, lineKey(side, line)]) }));
  return (
    <div role={side === "columns" ? "columnheader" : "rowheader"} className={side === "columns" ? styles.columnHead : styles.rowHead} title={line.label}>
      <span>{line.label}</span>
      {canHide && line.label !== "" && (
        <button type="button" className={styles.hide} aria-label={t("sweeps.sheet.hide", { label: line.label })} title={t("sweeps.sheet.hide", { label: line.label })} onClick={hide}>
          <EyeOff size={13} />
        </button>
      )}
    </div>
  );
}
