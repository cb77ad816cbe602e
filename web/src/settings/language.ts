/** The language of the canvas: what is set, else what the browser asks for. */
import { create } from "zustand";

import { chosenLanguage, speak } from "@/i18n/languages";

import { setting, settingsStore } from "./store";

/** The language that is spoken now; the whole room is drawn anew when it changes. */
export const languageStore = create<{ readonly id: string }>()(() => ({ id: "en" }));

function follow(): void {
  const id = chosenLanguage(setting("language"));
  if (id === languageStore.getState().id) return;
  void speak(id).then(() => languageStore.setState({ id }));
}

export function watchLanguage(): void {
  follow();
  settingsStore.subscribe(follow);
}
