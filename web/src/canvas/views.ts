/** Bookmarks of views, kept in the workflow under `extra.heddle.views`. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { currentPath, currentWhole, goTo, transactWhole } from "@/model/document";
import type { Doc, Path } from "@/model/types";

import { currentView, showView } from "./viewport";

export interface View {
  readonly path: Path;
  readonly scale: number;
  readonly offset: readonly [number, number];
}

const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const viewsIn = ({ raw }: Doc): JsonObject => inside(inside(inside(raw["extra"])["heddle"])["views"]);

export function readView(whole: Doc, key: string): View | null {
  const found = inside(viewsIn(whole)[key]);
  const { scale, offset, path } = found;
  if (typeof scale !== "number" || !(scale > 0) || !Array.isArray(offset)) return null;
  const [x, y] = offset.map(Number);
  if (x === undefined || y === undefined || !Number.isFinite(x + y)) return null;
  return { scale, offset: [x, y], path: Array.isArray(path) ? path.map(String) : [] };
}

/** What else stands in `extra` stays. */
export function withView(whole: Doc, key: string, { path, scale, offset }: View): Doc {
  const extra = inside(whole.raw["extra"]);
  const views = { ...viewsIn(whole), [key]: { scale, offset: [...offset], path: [...path] } };
  return { ...whole, raw: { ...whole.raw, extra: { ...extra, heddle: { ...inside(extra["heddle"]), views } } } };
}

/** Numbers that have a view. */
export const storedViews = (whole: Doc): readonly string[] => Object.keys(viewsIn(whole)).filter((key) => readView(whole, key) !== null).toSorted();

export function storeView(key: string): void {
  const view = currentView();
  if (view === undefined) return;
  transactWhole("arranging.step.bookmark", (whole) => withView(whole, key, { ...view, path: currentPath() }));
  toast(t("arranging.bookmarked", { key }), { id: "view", duration: 2000 });
}

export function goToView(key: string): void {
  const view = readView(currentWhole(), key);
  if (view === null) {
    toast(t("arranging.noBookmark", { key }), { id: "view", duration: 2500 });
    return;
  }
  if (view.path.join("/") === currentPath().join("/")) return showView(view);
  goTo(view.path);
  // The page has to be there before it can be looked at.
  requestAnimationFrame(() => showView(view));
}
