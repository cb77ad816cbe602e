/** Saving without being asked: after a pause, or on leaving. Off unless one wants it. */
import { toast } from "sonner";
import { create } from "zustand";

import { sessionStore } from "@/app/session";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";

import { dialogStore } from "./dialogs";
import { saveTab } from "./saving";
import { fileOf, frontId, isTabDirty, tabStore, type TabId } from "./store";

export type AutosaveMode = "off" | "delay" | "focus";

export interface AutosaveSetting {
  readonly mode: AutosaveMode;
  /** Pause after the last change, for the mode "delay". */
  readonly seconds: number;
}

const KEY = "heddle.autosave";
const MODES: readonly AutosaveMode[] = ["off", "delay", "focus"];
const DEFAULT: AutosaveSetting = { mode: "off", seconds: 5 };
const LEAST_SECONDS = 1;

function recalled(): AutosaveSetting {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<AutosaveSetting>;
    const mode = MODES.find((item) => item === found.mode) ?? DEFAULT.mode;
    return { mode, seconds: Math.max(LEAST_SECONDS, Number(found.seconds) || DEFAULT.seconds) };
  } catch {
    return DEFAULT;
  }
}

export const autosaveSetting = create<AutosaveSetting>()(recalled);

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

const isMode = (mode: AutosaveMode): boolean => autosaveSetting.getState().mode === mode;

/** The next way of saving by itself, told in words. */
export function nextAutosave(): void {
  const { mode, seconds } = autosaveSetting.getState();
  const next = MODES[(MODES.indexOf(mode) + 1) % MODES.length] ?? "off";
  autosaveSetting.setState({ mode: next });
  toast(t(`tabs.autosave.${next}`, { seconds }), { id: "autosave", duration: 2500 });
}

export function watchAutosave(): void {
  const timers = new Map<TabId, ReturnType<typeof setTimeout>>();
  const later = (id: TabId): void => {
    clearTimeout(timers.get(id));
    timers.set(id, setTimeout(() => void autosave(id), autosaveSetting.getState().seconds * 1000));
  };
  autosaveSetting.subscribe((setting) => {
    localStorage.setItem(KEY, JSON.stringify(setting));
    if (setting.mode === "delay") for (const { id } of tabStore.getState().tabs) later(id);
  });
  documentStore.subscribe((state, before) => {
    if (isMode("delay") && state.tab === before.tab && state.whole !== before.whole) later(state.tab);
  });
  // A decision about a conflict, or another path: it may go on.
  sessionStore.subscribe((state, before) => {
    if (state.etag !== before.etag) stopped.delete(frontId());
  });
  tabStore.subscribe((state, before) => {
    if (isMode("focus") && state.front !== before.front && before.front !== "") void autosave(before.front);
  });
  const leave = (): void => {
    if (isMode("focus")) for (const { id } of tabStore.getState().tabs) void autosave(id);
  };
  window.addEventListener("blur", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
}
