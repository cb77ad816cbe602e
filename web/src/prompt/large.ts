/** Which text is open in the large editor. */
import { create } from "zustand";

export interface TextAddress {
  readonly node: string;
  readonly key: string;
  /** Where the field stands, which draws the dialog: on its node or in the inspector. */
  readonly place: string;
}

interface LargeState {
  readonly open: TextAddress | null;
  /** The text field that had the focus last. */
  readonly last: TextAddress | null;
}

export const largeStore = create<LargeState>()(() => ({ open: null, last: null }));

export const openLarge = (open: TextAddress): void => largeStore.setState({ open, last: open });
export const closeLarge = (): void => largeStore.setState({ open: null });
export const remember = (last: TextAddress): void => largeStore.setState({ last });

const isAt = (a: TextAddress | null, b: TextAddress): boolean => a !== null && a.node === b.node && a.key === b.key && a.place === b.place;

export const useIsLarge = (address: TextAddress): boolean => largeStore((state) => isAt(state.open, address));
