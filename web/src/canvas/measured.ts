/** Sizes as the browser measured them; kept out of the document. */
import { create } from "zustand";

import type { Size } from "@/model/types";

export const measuredStore = create<{ readonly sizes: ReadonlyMap<string, Size> }>()(() => ({ sizes: new Map() }));

export function measure(found: readonly (readonly [string, Size])[]): void {
  const before = measuredStore.getState().sizes;
  const fresh = found.filter(([id, size]) => before.get(id)?.width !== size.width || before.get(id)?.height !== size.height);
  if (fresh.length > 0) measuredStore.setState({ sizes: new Map([...before, ...fresh]) });
}

export const forgetSizes = (): void => measuredStore.setState({ sizes: new Map() });
