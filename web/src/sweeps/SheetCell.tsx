/** A cell of the sheet: its picture, or how far it is. */
import { CircleAlert, CircleSlash, Clock, LoaderCircle } from "lucide-react";
import { memo } from "react";

import { viewUrl } from "@/api/client";
import { t } from "@/i18n";
import { runKey, runtimeStore, type RuntimeState } from "@/runtime/store";

import { labelsAt } from "./describe";
import type { Cell } from "./grid";
import { cellKey, MISSING, picturesOf, sheetStore } from "./sheet";
import styles from "./Sheet.module.css";

interface Props {
  readonly cell: Cell;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
  readonly onOpen: () => void;
}

/** The newest picture of the work in progress. */
function previewOf({ jobs, nodes, run }: RuntimeState, id: string | null): string | null {
  const job = id === null || run !== id ? undefined : jobs[id];
  if (job === undefined) return null;
  for (const node of job.nodes) {
    const state = nodes[runKey(node, job.tab)];
    if (state !== undefined && state.preview !== null && (state.phase === "running" || state.phase === "done")) return state.preview;
  }
  return null;
}

export const SheetCell = memo(function SheetCell({ cell, isCurrent, onFocus, onOpen }: Props) {
  const state = sheetStore((sheet) => sheet.cells[cellKey(cell)] ?? MISSING);
  const output = sheetStore((sheet) => sheet.output);
  const words = sheetStore((sheet) => labelsAt(sheet.axes, cell));
  const progress = runtimeStore((run) => (run.run !== null && run.run === state.job ? run.progress : null));
  const preview = runtimeStore((run) => previewOf(run, state.job));
  const pictures = picturesOf(state, output);
  const picture = pictures[0];
  const isRunning = progress !== null || state.status === "in_progress";
  const status = isRunning ? "in_progress" : state.status;
  const name = t("sweeps.sheet.cell", { values: words, status: t(`sweeps.status.${status}`) });
  return (
    // The grid takes the keys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div role="gridcell" tabIndex={isCurrent ? 0 : -1} className={styles.cell} data-status={status} data-testid={`cell-${cell.row}-${cell.column}`} aria-label={name} onFocus={onFocus} onClick={onOpen}>
      {picture !== undefined && (
        <span className={styles.picture} data-picture>
          <img src={viewUrl(picture)} alt="" draggable={false} decoding="async" />
        </span>
      )}
      {picture === undefined && preview !== null && (
        <span className={styles.picture} data-picture data-live>
          <img src={preview} alt="" draggable={false} />
        </span>
      )}
      {picture === undefined && preview === null && <Sign status={status} error={state.error} isRead={state.pictures !== null} />}
      {pictures.length > 1 && <span className={styles.more}>{`+${pictures.length - 1}`}</span>}
      {progress !== null && <span className={styles.progress} style={{ transform: `scaleX(${progress})` }} />}
    </div>
  );
});

const ICONS = { missing: CircleSlash, cancelled: CircleSlash, failed: CircleAlert, pending: Clock, sending: Clock, in_progress: LoaderCircle, completed: LoaderCircle };

function Sign({ status, error, isRead }: { readonly status: keyof typeof ICONS; readonly error: string | null; readonly isRead: boolean }) {
  if (status === "completed" && isRead) return <span className={styles.sign}>{t("sweeps.sheet.noPicture")}</span>;
  const Icon = ICONS[status];
  return (
    <span className={styles.sign}>
      <Icon size={18} className={status === "in_progress" ? (styles.spin ?? "") : ""} />
      <span>{error ?? t(`sweeps.status.${status}`)}</span>
    </span>
  );
}
