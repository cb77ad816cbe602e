/** What is missing in the workflow in front, and whether it is shown. */
import { create } from "zustand";

import { documentStore } from "@/model/document";
import { sessionStore } from "@/session/store";

import { countOf, NOTHING_MISSING, scan, type Missing } from "./scan";

export interface MissingState {
  readonly missing: Missing;
  readonly isOpen: boolean;
  /** Tabs in which somebody has seen the notice. */
  readonly seen: ReadonlySet<string>;
}

export const missingStore = create<MissingState>()(() => ({ missing: NOTHING_MISSING, isOpen: false, seen: new Set() }));

export const openMissing = (): void => missingStore.setState({ isOpen: true });
export const closeMissing = (): void => missingStore.setState({ isOpen: false });
export const dismiss = (): void => missingStore.setState(({ seen }) => ({ seen: new Set([...seen, documentStore.getState().tab]) }));

const WAIT = 250;
let timer: ReturnType<typeof setTimeout> | undefined;

function look(): void {
  clearTimeout(timer);
  timer = undefined;
  const { whole } = documentStore.getState();
  const missing = scan(whole, sessionStore.getState().defs);
  const before = missingStore.getState().missing;
  if (countOf(missing) + countOf(before) > 0) missingStore.setState({ missing });
}

/** Looks anew a moment after the document or the node types changed. */
export function watchMissing(): () => void {
  look();
  const later = (): void => {
    timer ??= setTimeout(look, WAIT);
  };
  const quiet = [
    documentStore.subscribe((state, before) => {
      if (state.whole !== before.whole) later();
    }),
    sessionStore.subscribe((state, before) => {
      if (state.defs !== before.defs) later();
    }),
  ];
  return () => {
    clearTimeout(timer);
    timer = undefined;
    for (const stop of quiet) stop();
  };
}
