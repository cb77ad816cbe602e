/** What of the sweeps is open: the editor of one, the list of all, the sheet. */
import { create } from "zustand";

import type { Spot } from "./document";

export interface SweepView {
  /** The widget whose sweep is edited. */
  readonly editing: Spot | null;
  /** The list of all sweeps of the workflow. */
  readonly isPlanning: boolean;
  /** The sheet that is shown, or was last. */
  readonly sheet: string | null;
  readonly isSheetOpen: boolean;
}

const KEY = "heddle.sheet";

function recalled(): Pick<SweepView, "sheet" | "isSheetOpen"> {
  try {
    const [sheet, isOpen] = JSON.parse(sessionStorage.getItem(KEY) ?? "[null,false]") as [unknown, unknown];
    return { sheet: typeof sheet === "string" ? sheet : null, isSheetOpen: typeof sheet === "string" && isOpen === true };
  } catch {
    return { sheet: null, isSheetOpen: false };
  }
}

export const sweepView = create<SweepView>()(() => ({ editing: null, isPlanning: false, ...recalled() }));

function keep(): void {
  const { sheet, isSheetOpen } = sweepView.getState();
  try {
    sessionStorage.setItem(KEY, JSON.stringify([sheet, isSheetOpen]));
  } catch {
    // After a reload the sheet is found in the list of sheets.
  }
}

export const editSweep = (spot: Spot | null): void => sweepView.setState({ editing: spot });
export const planSweeps = (isPlanning = true): void => sweepView.setState({ isPlanning });

export function showSheet(sheet: string): void {
  sweepView.setState({ sheet, isSheetOpen: true, isPlanning: false });
  keep();
}

export function openSheets(): void {
  sweepView.setState({ isSheetOpen: true, isPlanning: false });
  keep();
}

export function closeSheet(): void {
  sweepView.setState({ isSheetOpen: false });
  keep();
}
