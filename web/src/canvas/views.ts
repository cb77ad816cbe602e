/** Looking from where one looked before. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { currentPath, currentWhole, goTo, transactWhole } from "@/model/document";

import { readView, withView } from "./bookmarks";
import { currentView, showView } from "./viewport";

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
