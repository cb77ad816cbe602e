/** What is known of the cell that one is at, and what can be done with it. */
import { Maximize2, RotateCw, Undo2, ZoomIn, ZoomOut } from "lucide-react";

import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import { labelsAt } from "./describe";
import type { Cell } from "./grid";
import { runAgain } from "./run";
import { cellKey, MISSING, sheetStore } from "./sheet";
import styles from "./Sheet.module.css";
import { applyCell } from "./use";
import type { Zoom } from "./zoom";

interface Props {
  readonly cell: Cell;
  readonly zoom: Zoom;
  readonly onOpen: () => void;
}

export function SheetFoot({ cell, zoom, onOpen }: Props) {
  const axes = sheetStore((state) => state.axes);
  const state = sheetStore((sheet) => sheet.cells[cellKey(cell)] ?? MISSING);
  const canRun = state.status === "failed" || state.status === "cancelled" || state.status === "missing";
  return (
    <footer className={styles.foot}>
      <p className={styles.words}>
        <strong>{labelsAt(axes, cell)}</strong>
        <span data-bad={state.error !== null || undefined}>
          {state.error ?? t(`sweeps.status.${state.status}`)}
          {state.seconds !== null && ` · ${t("node.seconds", { seconds: state.seconds.toFixed(1) })}`}
        </span>
      </p>
      <div className={styles.tools}>
        <IconButton label={t("sweeps.sheet.zoomOut")} chord="-" disabled={zoom.scale === 1} onClick={() => zoom.by(1 / 1.5)}>
          <ZoomOut size={16} />
        </IconButton>
        <button type="button" className={styles.plain} onClick={zoom.reset} title={t("sweeps.sheet.zoomReset")}>
          {`${Math.round(zoom.scale * 100)} %`}
        </button>
        <IconButton label={t("sweeps.sheet.zoomIn")} chord="+" onClick={() => zoom.by(1.5)}>
          <ZoomIn size={16} />
        </IconButton>
        {canRun && (
          <button type="button" className={styles.button} onClick={() => void runAgain([cell])}>
            <RotateCw size={14} />
            {t("sweeps.sheet.again")}
            <kbd>R</kbd>
          </button>
        )}
        <button type="button" className={styles.button} onClick={onOpen}>
          <Maximize2 size={14} />
          {t("sweeps.sheet.large")}
        </button>
        <button type="button" className={styles.button} onClick={() => applyCell(axes, cell)} data-testid="sheet-use">
          <Undo2 size={14} />
          {t("sweeps.sheet.use")}
          <kbd>U</kbd>
        </button>
      </div>
    </footer>
  );
}
