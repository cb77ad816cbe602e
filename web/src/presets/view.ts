/** What of switches, value sets and presets is open. */
import { create } from "zustand";

import type { Switch } from "@/switches/sets";

import type { ValueSet } from "./sets";

export interface SetupView {
  /** The panel of switches and value sets. */
  readonly isOpen: boolean;
  /** The switch in the editor; its id may be new. */
  readonly switching: Switch | null;
  /** A value set to be made of the selection. */
  readonly isCapturing: boolean;
  /** A value set that is compared with the workflow. */
  readonly comparing: ValueSet | null;
  /** The node whose presets are shown, on the page that is shown. */
  readonly node: string | null;
}

export const setupView = create<SetupView>()(() => ({ isOpen: false, switching: null, isCapturing: false, comparing: null, node: null }));

export const toggleSetups = (): void => setupView.setState(({ isOpen }) => ({ isOpen: !isOpen }));
