/** Whether the settings are open, where, and what is searched there. */
import { create } from "zustand";

import type { SettingGroup } from "./table";

export const settingsUi = create<{ readonly group: SettingGroup | null; readonly query: string }>()(() => ({ group: null, query: "" }));

export const openSettings = (group: SettingGroup = "appearance", query = ""): void => settingsUi.setState({ group, query });
