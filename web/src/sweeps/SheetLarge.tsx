/** One cell as large as the window allows; the arrow keys walk through the grid. */
import { Undo2, Workflow, X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { KeyboardEvent } from "react";

import { viewUrl } from "@/api/client";
import { t } from "@/i18n";
import { openJob } from "@/tabs/files";

import { labelsAt } from "./describe";
import type { Cell } from "./grid";
import { cellKey, MISSING, picturesOf, sheetStore } from "./sheet";
import styles from "./Sheet.module.css";
import own from "./SheetLarge.module.css";
import { applyCell } from "./use";
import { closeSheet } from "./view";

interface Props {
  readonly cell: Cell;
  readonly onStep: (rows: number, columns: number) => void;
  readonly onClose: () => void;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function SheetLarge({ cell, onStep, onClose }: Props) {
  const axes = sheetStore((state) => state.axes);
  const state = sheetStore((sheet) => sheet.cells[cellKey(cell)] ?? MISSING);
  const output = sheetStore((sheet) => sheet.output);
  const pictures = picturesOf(state, output);
  const words = labelsAt(axes, cell);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step !== undefined) onStep(...step);
    else if (event.key === "u") applyCell(axes, cell);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = (): void => {
    if (state.job === null) return;
    onClose();
    closeSheet();
    void openJob(state.job);
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) onClose(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={own.overlay} />
        <Dialog.Content className={own.box} aria-describedby={undefined} onCloseAutoFocus={(event) => event.preventDefault()} onKeyDown={onKeyDown} data-testid="sheet-large">
          <header className={own.largeBar}>
            <Dialog.Title className={own.largeTitle} aria-live="polite">
              {words}
            </Dialog.Title>
            <button type="button" className={styles.button} onClick={() => applyCell(axes, cell)}>
              <Undo2 size={14} />
              {t("sweeps.sheet.use")}
            </button>
            <button type="button" className={styles.button} disabled={state.job === null} onClick={open}>
              <Workflow size={14} />
              {t("gallery.workflow")}
            </button>
            <Dialog.Close className={own.close} aria-label={t("action.close")}>
              <X size={18} />
            </Dialog.Close>
          </header>
          <div className={own.stage}>
            {pictures.map((picture) => (
              <img key={`${picture.subfolder}/${picture.filename}`} src={viewUrl(picture)} alt={words} />
            ))}
            {pictures.length === 0 && <p className={styles.empty}>{state.error ?? t(`sweeps.status.${state.status}`)}</p>}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
