/** What of the sweeps is open: the editor of one, the list of all, the sheet. */
import { create } from "zustand";

import { currentTab } from "@/model/document";

import type { Spot } from "./document";

export interface SweepView {
  /** The widget whose sweep is edited. */
  readonly editing: Spot | null;
  /** The list of all sweeps of the workflow. */
  readonly isPlanning: boolean;
  /** The sheet that is shown, or was last. */
  readonly sheet: string | null;
  readonly isSheetOpen: boolean;
  /** The sheet that each open workflow made last, or came with. */
  readonly byTab: Readonly<Record<string, string>>;
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

export const sweepView = create<SweepView>()(() => ({ editing: null, isPlanning: false, byTab: {}, ...recalled() }));

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

export const rememberSheet = (tab: string, sheet: string): void => sweepView.setState(({ byTab }) => ({ byTab: { ...byTab, [tab]: sheet } }));

/** The sheet of the workflow in front, else the one that was looked at last. */
export function openSheets(): void {
  const { byTab, sheet } = sweepView.getState();
  sweepView.setState({ sheet: byTab[currentTab()] ?? sheet, isSheetOpen: true, isPlanning: false });
  keep();
}

export function closeSheet(): void {
  sweepView.setState({ isSheetOpen: false });
  keep();
}
