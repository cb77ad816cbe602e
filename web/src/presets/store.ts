/** The user's presets of node types: read once, written with the revision that was read. */
import { toast } from "sonner";
import { create } from "zustand";

import { PresetConflict, readPresetFile, writePresetFile } from "@/api/presets";
import { t } from "@/i18n";
import { onNewNode } from "@/model/actions";
import { currentDefs } from "@/session/store";

import { presetsOf, readTypes, withPreset, writeTypes, type TypePresets } from "./types";

export const presetStore = create<{ readonly types: TypePresets }>()(() => ({ types: {} }));

const TRIES = 4;

async function loadPresets(): Promise<void> {
  try {
    presetStore.setState({ types: readTypes((await readPresetFile()).content) });
  } catch {
    // New nodes begin as the server says; the next change reads again and says what is wrong.
  }
}

/** Where another window wrote meanwhile, the change is made to what it wrote. */
export async function changePresets(change: (types: TypePresets) => TypePresets): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { content, etag } = await readPresetFile();
      const types = change(readTypes(content));
      await writePresetFile({ content: writeTypes(content, types), etag });
      presetStore.setState({ types });
      return true;
    } catch (error) {
      if (error instanceof PresetConflict && tries < TRIES) continue;
      toast.error(t("presets.notSaved"), { description: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }
}

/** New nodes begin with the defaults of their type. Returns the way back. */
export function startPresets(): () => void {
  void loadPresets();
  return onNewNode((node) => {
    const preset = presetsOf(presetStore.getState().types, node.type).find(({ isDefault }) => isDefault);
    return preset === undefined ? node : withPreset(node, currentDefs(), preset);
  });
}
