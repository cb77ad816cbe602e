/** What presets, value sets and switches add to the palette. */
import { viewCenter } from "@/canvas/viewport";
import { t } from "@/i18n";
import { currentDoc, currentSelection, currentWhole, transact } from "@/model/document";
import { updateNodes } from "@/model/actions";
import { registerPaletteSource, type PaletteEntry } from "@/palette/sources";
import { currentDefs } from "@/session/store";
import { toggle } from "@/switches/act";
import { switchesOf } from "@/switches/sets";
import { addNodeAt } from "@/tabs/files";

import { applyNamed, applyPreset } from "./act";
import { setsOf } from "./sets";
import { presetStore, startPresets } from "./store";
import { withPreset, type TypePreset } from "./types";

/** On the selected nodes of that type; without any, as a new node. */
function take(type: string, preset: TypePreset): void {
  if (currentSelection().nodes.some((id) => currentDoc().nodes[id]?.type === type)) return applyPreset(type, preset);
  const id = addNodeAt(type, viewCenter());
  transact("step.add", (doc) => updateNodes(doc, [id], (node) => withPreset(node, currentDefs(), preset)));
}

function presetEntries(): readonly PaletteEntry[] {
  const defs = currentDefs();
  return Object.entries(presetStore.getState().types).flatMap(([type, presets]) => {
    const title = defs[type]?.title;
    return title === undefined ? [] : presets.map((preset) => ({ id: `preset:${type}:${preset.name}`, title: `${title}: ${preset.name}`, aside: t("presets.preset"), run: () => take(type, preset) }));
  });
}

const setEntries = (): readonly PaletteEntry[] => setsOf(currentWhole()).map((one) => ({ id: `set:${one.id}`, title: one.name, aside: t("presets.set"), run: () => applyNamed(one) }));

const switchEntries = (): readonly PaletteEntry[] => switchesOf(currentWhole()).map((one) => ({ id: `switch:${one.id}`, title: one.name, aside: t("switches.one"), run: () => toggle(one) }));

/** Returns the way back. */
export function startSetups(): () => void {
  const stops = [startPresets(), registerPaletteSource("setups", () => [...presetEntries(), ...setEntries(), ...switchEntries()])];
  return () => stops.forEach((stop) => stop());
}
