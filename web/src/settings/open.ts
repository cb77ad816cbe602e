/** Whether the settings are open, and where. */
import { create } from "zustand";

import type { SettingGroup } from "./table";

export const settingsUi = create<{ readonly group: SettingGroup | null }>()(() => ({ group: null }));

export const openSettings = (group: SettingGroup = "appearance"): void => settingsUi.setState({ group });
