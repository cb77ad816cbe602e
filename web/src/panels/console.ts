/** Whether the errors or the server's log are shown below the canvas, and who listens to the server's other messages. */
import { create } from "zustand";

import type { JsonObject } from "@/formats/json";

export type ConsoleTab = "errors" | "log";

export const consoleStore = create<{ readonly tab: ConsoleTab | null }>()(() => ({ tab: null }));

export const toggleConsole = (tab: ConsoleTab): void => consoleStore.setState((state) => ({ tab: state.tab === tab ? null : tab }));

type Listener = (data: JsonObject) => void;

const listeners = new Map<string, Set<Listener>>();

/** Hears websocket messages of one type until the returned function is called. */
export function listenTo(type: string, listener: Listener): () => void {
  const all = listeners.get(type) ?? new Set();
  listeners.set(type, all.add(listener));
  return () => all.delete(listener);
}

export function tell(type: string, data: JsonObject): void {
  for (const listener of listeners.get(type) ?? []) listener(data);
}
