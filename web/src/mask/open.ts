/** Asks for the mask editor: small, because everybody carries it; the editor itself comes when it is wanted. */
import { create } from "zustand";

import type { FileRef } from "@/api/client";

export interface MaskRequest {
  readonly image: FileRef;
  /** Gets the value for an image drop-down, `clipspace/name.png [input]`. */
  readonly onSave: (annotatedName: string) => void;
}

export const maskRequestStore = create<{ readonly request: MaskRequest | null }>()(() => ({ request: null }));

/** Opens the editor on a picture of the input, output or temp folder. */
export const openMaskEditor = (request: MaskRequest): void => maskRequestStore.setState({ request });

export const closeMaskEditor = (): void => maskRequestStore.setState({ request: null });
