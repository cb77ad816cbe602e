/** Which of the dialogs about files is open. */
import { create } from "zustand";

import { uiStore } from "@/session/ui";

import type { TabId } from "./store";

export interface Conflict {
  readonly tab: TabId;
  /** The revision that the file has by now; null when it is gone, undefined when nobody knows. */
  readonly etag: string | null | undefined;
}

interface Dialogs {
  /** Tabs that have unsaved work and are to be closed. */
  readonly closing: readonly TabId[];
  readonly conflict: Conflict | null;
  /** The tab whose file's versions are shown. */
  readonly versions: TabId | null;
  /** The saved file that gets another name. */
  readonly moving: string | null;
  /** The tab whose name is being typed. */
  readonly renaming: TabId | null;
  /** A name that is offered in the dialog for one; null offers the present name. */
  readonly suggestion: string | null;
  /** Told whether the dialog for a name led to a saved file. */
  readonly onNamed: ((saved: boolean) => void) | null;
}

export const dialogStore = create<Dialogs>()(() => ({ closing: [], conflict: null, versions: null, moving: null, renaming: null, suggestion: null, onNamed: null }));

/** Asks for a name to save the workflow in front under; whether it was saved. */
export function askForName(suggestion: string | null = null): Promise<boolean> {
  dialogStore.getState().onNamed?.(false);
  return new Promise((resolve) => {
    dialogStore.setState({ suggestion, onNamed: resolve });
    uiStore.setState({ saving: true });
  });
}

export function endNaming(saved: boolean): void {
  uiStore.setState({ saving: false });
  const { onNamed } = dialogStore.getState();
  dialogStore.setState({ suggestion: null, onNamed: null });
  onNamed?.(saved);
}
