/** Whether the templates are shown. */
import { create } from "zustand";

export const templatesUi = create<{ readonly isOpen: boolean }>()(() => ({ isOpen: false }));

export const openTemplates = (): void => templatesUi.setState({ isOpen: true });
export const closeTemplates = (): void => templatesUi.setState({ isOpen: false });
