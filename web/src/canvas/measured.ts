/** Sizes as the browser measured them, for each page; kept out of the document. */
import { create } from "zustand";

import { currentPath, currentTab, documentStore } from "@/model/document";
import { executionId } from "@/model/pages";
import type { Size } from "@/model/types";

type Sizes = ReadonlyMap<string, Size>;

const NONE: Sizes = new Map();

export const measuredStore = create<{ readonly pages: ReadonlyMap<string, Sizes> }>()(() => ({ pages: new Map() }));

const pageKey = (tab: string, path: readonly string[]): string => `${tab}/${executionId(path, "")}`;

export const sizesHere = (): Sizes => measuredStore.getState().pages.get(pageKey(currentTab(), currentPath())) ?? NONE;

/** Sizes of the nodes of the page that is shown. */
export function useSizes(): Sizes {
  const page = documentStore((state) => pageKey(state.tab, state.path));
  return measuredStore((state) => state.pages.get(page) ?? NONE);
}

export function measure(found: readonly (readonly [string, Size])[]): void {
  const before = sizesHere();
  const fresh = found.filter(([id, size]) => before.get(id)?.width !== size.width || before.get(id)?.height !== size.height);
  if (fresh.length === 0) return;
  const page = pageKey(currentTab(), currentPath());
  measuredStore.setState(({ pages }) => ({ pages: new Map([...pages, [page, new Map([...before, ...fresh])]]) }));
}

/** Another document took the place of the one that was shown. */
export function forgetSizes(tab = currentTab()): void {
  measuredStore.setState(({ pages }) => ({ pages: new Map([...pages].filter(([page]) => !page.startsWith(`${tab}/`))) }));
}
