/** The sweep that the workflow in front would run. */
import { currentWhole } from "@/model/document";
import type { Doc } from "@/model/types";
import { serverDefs } from "@/session/store";

import { axesOf, storedSweeps } from "./document";
import { product } from "./grid";

/** "4 × 5 = 20", or null when nothing is swept. */
export function productOf(whole: Doc): string | null {
  if (storedSweeps(whole).length === 0) return null;
  const axes = axesOf(whole, serverDefs());
  return axes.length === 0 ? null : product(axes);
}

export const hasSweep = (): boolean => productOf(currentWhole()) !== null;
