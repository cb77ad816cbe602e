/** Which runs the table of times shows. */
import { create } from "zustand";

export interface ProfileState {
  readonly isOpen: boolean;
  /** The run that is shown; null is the last one of the workflow in front. */
  readonly run: string | null;
  /** The run that it is held against. */
  readonly against: string | null;
}

export const profileStore = create<ProfileState>()(() => ({ isOpen: false, run: null, against: null }));

export const openProfile = (run: string | null): void => profileStore.setState({ isOpen: true, run, against: null });
export const toggleProfile = (): void => profileStore.setState(({ isOpen }) => (isOpen ? { isOpen: false } : { isOpen: true, run: null, against: null }));
