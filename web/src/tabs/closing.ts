/** Closing tabs: unsaved work is asked about before it goes. */
import { toast } from "sonner";

import { t } from "@/i18n";

import { dialogStore } from "./dialogs";
import { saveTab } from "./saving";
import { closeTab, fileOf, frontId, goToTab, isTabDirty, reopenTab, tabStore, wholeOf, type TabId } from "./store";

/** An empty sheet holds nothing that could be lost. */
const isPrecious = (id: TabId): boolean => isTabDirty(id) && (Object.keys(wholeOf(id).nodes).length > 0 || fileOf(id).path !== null);

export function askToClose(ids: readonly TabId[]): void {
  const closing = ids.filter(isPrecious);
  for (const id of ids) if (!closing.includes(id)) closeTab(id);
  if (closing.length === 0) return;
  if (closing.length === 1 && closing[0] !== undefined) goToTab(closing[0]);
  dialogStore.setState({ closing });
}

export const stayOpen = (): void => dialogStore.setState({ closing: [] });

export function closeUnsaved(): void {
  const { closing } = dialogStore.getState();
  stayOpen();
  for (const id of closing) closeTab(id);
}

/** Whatever cannot be saved stays open. */
export async function closeSaved(): Promise<void> {
  const { closing } = dialogStore.getState();
  stayOpen();
  for (const id of closing) {
    if ((await saveTab(id)) !== "saved") return;
    closeTab(id);
  }
}

export function closeOthers(id: TabId = frontId()): void {
  goToTab(id);
  askToClose(tabStore.getState().tabs.map((tab) => tab.id).filter((other) => other !== id));
}

/** All tabs without changes, but for the one in front. */
export function closeClean(): void {
  for (const { id } of tabStore.getState().tabs) if (id !== frontId() && !isTabDirty(id)) closeTab(id);
}

export function reopen(): void {
  if (reopenTab() === null) toast(t("tabs.nothingClosed"), { id: "reopen", duration: 1500 });
}
