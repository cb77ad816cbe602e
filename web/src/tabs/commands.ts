/** Commands about files and the tabs that show them. */
import { toast } from "sonner";

import { fileName } from "@/api/files";
import { t, type MessageKey } from "@/i18n";
import type { Command, CommandTable } from "@/palette/registry";
import { uiStore } from "@/session/ui";
import { downloadApi, downloadWorkflow, pickFile } from "@/tabs/files";

import { nextAutosave } from "./autosave";
import { askToClose, closeClean, closeOthers, reopen } from "./closing";
import { dialogStore } from "./dialogs";
import { saveTab } from "./saving";
import { duplicateTab, fileOf, frontId, goToTab, isTabDirty, moveTab, neighbour, newTab, tabStore, type TabId } from "./store";

const many = (): boolean => tabStore.getState().tabs.length > 1;

function copyPath(id: TabId): void {
  const { path } = fileOf(id);
  if (path === null) return void toast(t("tabs.noPath"), { id: "path" });
  const name = fileName(path);
  void navigator.clipboard?.writeText(name).then(() => toast(t("tabs.copied", { path: name }), { id: "path", duration: 2000 })).catch(() => toast(name, { id: "path" }));
}

function shift(step: number, id = frontId()): void {
  const { tabs } = tabStore.getState();
  const index = tabs.findIndex((tab) => tab.id === id) + step;
  if (index >= 0 && index < tabs.length) moveTab(id, index);
}

async function saveAll(): Promise<void> {
  const back = frontId();
  for (const { id } of tabStore.getState().tabs) if (isTabDirty(id) && (await saveTab(id)) !== "saved") return;
  goToTab(back);
}

const GO: readonly MessageKey[] = ["tabs.action.go1", "tabs.action.go2", "tabs.action.go3", "tabs.action.go4", "tabs.action.go5", "tabs.action.go6", "tabs.action.go7", "tabs.action.go8", "tabs.action.go9"];

/** Alt+1 to Alt+9. */
function goCommands(): Readonly<Record<`tab${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`, Command>> {
  const command = (n: number): Command => ({
    title: GO[n - 1] ?? "tabs.action.next",
    group: "file",
    chords: [`alt+${n}`],
    isEnabled: () => tabStore.getState().tabs.length >= n,
    run: () => goToTab(tabStore.getState().tabs[n - 1]?.id ?? frontId()),
  });
  return { tab1: command(1), tab2: command(2), tab3: command(3), tab4: command(4), tab5: command(5), tab6: command(6), tab7: command(7), tab8: command(8), tab9: command(9) };
}

/** Alt+T and Alt+W: Ctrl+T, Ctrl+W and Ctrl+Tab are the browser's, and Ctrl+Alt+T opens a terminal on many desks. */
export const TABS_COMMANDS = {
  new: { title: "tabs.action.new", group: "file", chords: ["alt+t"], run: () => void newTab() },
  open: { title: "action.open", group: "file", chords: ["mod+o"], inText: true, run: pickFile },
  save: { title: "action.save", group: "file", chords: ["mod+s"], inText: true, run: () => void saveTab() },
  saveAs: { title: "action.saveAs", group: "file", chords: ["mod+shift+s"], inText: true, run: () => uiStore.setState({ saving: true }) },
  saveAll: { title: "tabs.action.saveAll", group: "file", chords: ["mod+alt+s"], inText: true, run: () => void saveAll() },
  download: { title: "action.download", group: "file", chords: [], run: downloadWorkflow },
  exportApi: { title: "action.exportApi", group: "file", chords: [], run: downloadApi },
  tabClose: { title: "tabs.action.closeTab", group: "file", chords: ["alt+w"], run: () => askToClose([frontId()]) },
  tabCloseOthers: { title: "tabs.action.closeOthers", group: "file", chords: [], isEnabled: many, run: () => closeOthers() },
  tabCloseSaved: { title: "tabs.action.closeSaved", group: "file", chords: [], isEnabled: many, run: closeClean },
  tabReopen: { title: "tabs.action.reopen", group: "file", chords: ["alt+shift+t"], run: reopen },
  tabDuplicate: { title: "tabs.action.duplicateTab", group: "file", chords: [], run: () => void duplicateTab(frontId()) },
  tabRename: { title: "tabs.action.renameTab", group: "file", chords: ["shift+f2"], run: () => dialogStore.setState({ renaming: frontId() }) },
  tabCopyPath: { title: "tabs.action.copyPathOf", group: "file", chords: [], run: () => copyPath(frontId()) },
  tabNext: { title: "tabs.action.next", group: "file", chords: ["alt+pagedown", "mod+pagedown"], inText: true, run: () => goToTab(neighbour(1)) },
  tabPrevious: { title: "tabs.action.previous", group: "file", chords: ["alt+pageup", "mod+pageup"], inText: true, run: () => goToTab(neighbour(-1)) },
  tabMoveLeft: { title: "tabs.action.moveLeft", group: "file", chords: ["alt+shift+pageup"], isEnabled: many, run: () => shift(-1) },
  tabMoveRight: { title: "tabs.action.moveRight", group: "file", chords: ["alt+shift+pagedown"], isEnabled: many, run: () => shift(1) },
  versions: { title: "tabs.action.history", group: "file", chords: [], run: () => dialogStore.setState({ versions: frontId() }) },
  autosave: { title: "tabs.action.autosave", group: "file", chords: [], run: nextAutosave },
  ...goCommands(),
} satisfies CommandTable;
