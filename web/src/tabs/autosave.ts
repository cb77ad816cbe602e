/** Saving without being asked: after a pause, or on leaving. Off unless one wants it. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { sessionStore } from "@/session/store";
import { setSetting, setting, settingsStore } from "@/settings/store";

import { dialogStore } from "./dialogs";
import { saveTab } from "./saving";
import { fileOf, frontId, isTabDirty, tabStore, type TabId } from "./store";

const AUTOSAVE_MODES = ["off", "delay", "blur"] as const;
export type AutosaveMode = (typeof AUTOSAVE_MODES)[number];

/** Tabs whose files are others by now: a person has to decide first. */
const stopped = new Set<TabId>();

async function autosave(id: TabId): Promise<void> {
  const { path, name, etag } = fileOf(id);
  if (path === null || etag === null || stopped.has(id) || !isTabDirty(id) || dialogStore.getState().conflict !== null) return;
  const result = await saveTab(id, { quiet: true });
  if (result !== "conflict") return;
  stopped.add(id);
  const ask = (): void => {
    stopped.delete(id);
    void saveTab(id);
  };
  toast.warning(t("tabs.file.autosaveStopped", { name }), { description: t("tabs.file.autosaveStoppedHint"), duration: 10_000, action: { label: t("tabs.file.compare"), onClick: ask } });
}

const isMode = (mode: AutosaveMode): boolean => setting("autosave") === mode;
const pause = (): number => setting("autosaveDelay") as number;

/** The next way of saving by itself, told in words. */
export function nextAutosave(): void {
  const next = AUTOSAVE_MODES[(AUTOSAVE_MODES.findIndex(isMode) + 1) % AUTOSAVE_MODES.length] ?? "off";
  setSetting("autosave", next);
  toast(t(`tabs.autosave.${next}`, { seconds: pause() }), { id: "autosave", duration: 2500 });
}

export function watchAutosave(): void {
  const timers = new Map<TabId, ReturnType<typeof setTimeout>>();
  const later = (id: TabId): void => {
    clearTimeout(timers.get(id));
    timers.set(id, setTimeout(() => void autosave(id), pause() * 1000));
  };
  settingsStore.subscribe((state, before) => {
    const isOther = state.autosave !== before.autosave || state.autosaveDelay !== before.autosaveDelay;
    if (isOther && isMode("delay")) for (const { id } of tabStore.getState().tabs) later(id);
  });
  documentStore.subscribe((state, before) => {
    if (isMode("delay") && state.tab === before.tab && state.whole !== before.whole) later(state.tab);
  });
  // A decision about a conflict, or another path: it may go on.
  sessionStore.subscribe((state, before) => {
    if (state.etag !== before.etag) stopped.delete(frontId());
  });
  tabStore.subscribe((state, before) => {
    if (isMode("blur") && state.front !== before.front && before.front !== "") void autosave(before.front);
  });
  const leave = (): void => {
    if (isMode("blur")) for (const { id } of tabStore.getState().tabs) void autosave(id);
  };
  window.addEventListener("blur", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
}
