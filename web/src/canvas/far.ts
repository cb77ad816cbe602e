/** From far away a large workflow is a drawing, not a page: decided before the view changes, so that nothing is mounted in vain. */
import { create } from "zustand";

import { currentDoc } from "@/model/document";

const FAR_ZOOM = 0.6;
const MANY = 120;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Far {
  readonly isFar: boolean;
  /** A box being drawn around nodes, in canvas coordinates. */
  readonly box: Area | null;
}

export const farStore = create<Far>()(() => ({ isFar: false, box: null }));

export function decideFar(zoom: number): void {
  const isFar = zoom < FAR_ZOOM && Object.keys(currentDoc().nodes).length > MANY;
  if (farStore.getState().isFar !== isFar) farStore.setState({ isFar, box: null });
}
