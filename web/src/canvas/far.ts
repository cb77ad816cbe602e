/** From far away a large workflow is a drawing, not a page: decided before the view changes, so that nothing is mounted in vain. */
import { create } from "zustand";

import { currentDoc } from "@/model/document";

const FAR_ZOOM = 0.4;
const MANY = 120;

export const farStore = create<{ readonly isFar: boolean }>()(() => ({ isFar: false }));

export function decideFar(zoom: number): void {
  const isFar = zoom < FAR_ZOOM && Object.keys(currentDoc().nodes).length > MANY;
  if (farStore.getState().isFar !== isFar) farStore.setState({ isFar });
}
