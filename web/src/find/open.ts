/** Whether the find bar is open, and what is looked for. */
import { create } from "zustand";

export const findStore = create<{ readonly isOpen: boolean; readonly query: string }>()(() => ({ isOpen: false, query: "" }));

export const openFind = (): void => findStore.setState({ isOpen: true });
export const closeFind = (): void => findStore.setState({ isOpen: false });
