/** What is set: kept on the server for the user, and in the browser so that it is there before the server answers. */
import { create } from "zustand";

import { ask, getJson } from "@/api/client";
import { isObject, stringifyJson, type Json } from "@/formats/json";

import { accepted, INITIAL, SETTINGS, type SettingId, type SettingValue, type SettingValues } from "./table";

const LOCAL = "heddle.settings";
/** Other programs keep settings in the same place. */
const PREFIX = "Heddle.";

function fromBrowser(): SettingValues {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(LOCAL) ?? "{}");
    return isObject(kept) ? valuesIn((id) => kept[id]) : INITIAL;
  } catch {
    return INITIAL;
  }
}

const valuesIn = (read: (id: SettingId) => Json | undefined): SettingValues => Object.fromEntries((Object.keys(SETTINGS) as SettingId[]).map((id) => [id, accepted(id, read(id))])) as unknown as SettingValues;

export const settingsStore = create<SettingValues>()(() => (typeof localStorage === "undefined" ? INITIAL : fromBrowser()));

export const setting = <Id extends SettingId>(id: Id): SettingValue<Id> => settingsStore.getState()[id] as SettingValue<Id>;
export const useSetting = <Id extends SettingId>(id: Id): SettingValue<Id> => settingsStore((state) => state[id] as SettingValue<Id>);

function keepInBrowser(): void {
  try {
    localStorage.setItem(LOCAL, JSON.stringify(settingsStore.getState()));
  } catch {
    // Private windows may refuse; the server has it.
  }
}

/** Changes a setting here at once, and on the server as soon as it answers. */
export function setSetting<Id extends SettingId>(id: Id, value: SettingValue<Id>): void {
  if (settingsStore.getState()[id] === value) return;
  settingsStore.setState({ [id]: value } as unknown as Partial<SettingValues>);
  keepInBrowser();
  // Without a server the browser's own copy counts until the next change.
  void ask(`/settings/${PREFIX}${id}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: stringifyJson(value) }).catch(() => undefined);
}

export const resetSetting = (id: SettingId): void => setSetting(id, INITIAL[id] as never);

/** The server's values win: they may come from another browser. */
export async function loadSettings(): Promise<void> {
  const found = await getJson("/settings").catch(() => null);
  if (!isObject(found)) return;
  const local = settingsStore.getState();
  settingsStore.setState(valuesIn((id) => found[PREFIX + id] ?? (local[id] as Json)));
  keepInBrowser();
}
