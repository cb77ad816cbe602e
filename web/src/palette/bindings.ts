/** Which keys do what: those of the program, those of a preset, and those that people chose. */
import { isObject, type Json } from "@/formats/json";
import { setSetting, setting, settingsStore } from "@/settings/store";

import { chordLabel, parseChord } from "./keymap";
import { commandTable, useCommands } from "./registry";

type Bindings = Readonly<Record<string, readonly string[]>>;

/** Keys of other programs where they differ from ours. */
const PRESETS: Readonly<Record<string, Bindings>> = {
  heddle: {},
  comfy: { zoomIn: ["alt+=", "mod+="], zoomOut: ["alt+-", "mod+-"], refresh: ["r"], fit: [".", "f"], search: ["mod+shift+p", "mod+k"], queue: ["q"], nodes: ["n"], workflows: ["w"] },
  blender: { addNode: ["shift+a"], search: ["f3", "mod+k"], delete: ["x", "delete"], duplicate: ["shift+d"], mute: ["m"], collapse: ["h"], dissolve: ["mod+x"], cut: [], group: ["mod+j"], selectAll: ["a"], fit: ["home", "f"], rename: ["f2"] },
};

function chosen(): Bindings {
  const kept: Json = setting("bindings");
  if (!isObject(kept)) return {};
  return Object.fromEntries(Object.entries(kept).flatMap(([id, chords]) => (Array.isArray(chords) ? [[id, chords.filter((chord): chord is string => typeof chord === "string")]] : [])));
}

const presetChords = (id: string): readonly string[] => PRESETS[setting("keyPreset")]?.[id] ?? commandTable()[id]?.chords ?? [];

/** The keys of a command as they are now. */
export const chordsOf = (id: string): readonly string[] => chosen()[id] ?? presetChords(id);
export const isChanged = (id: string): boolean => id in chosen();

/** The first key of a command as people read it, drawn anew when they change it. */
export function useChord(id: string): string {
  useCommands();
  return settingsStore((state) => (state.bindings, state.keyPreset, chordLabel(chordsOf(id)[0])));
}

export function setChords(id: string, chords: readonly string[] | null): void {
  const rest = Object.entries(chosen()).filter(([other]) => other !== id);
  const same = chords !== null && chords.join(" ") === presetChords(id).join(" ");
  const next = chords === null || same ? rest : [...rest, [id, chords] as const];
  setSetting("bindings", Object.fromEntries(next.map(([key, value]) => [key, [...value]])));
}

export const resetAllChords = (): void => setSetting("bindings", {});

/** Commands that have this key, but for `except`. */
export function usersOf(chord: string, except: string): readonly string[] {
  const wanted = normalized(chord);
  return Object.keys(commandTable()).filter((id) => id !== except && chordsOf(id).some((other) => normalized(other) === wanted));
}

export function normalized(chord: string): string {
  const { key, mod, shift, alt } = parseChord(chord);
  return [...(mod ? ["mod"] : []), ...(alt ? ["alt"] : []), ...(shift ? ["shift"] : []), key].join("+");
}

const ALONE = new Set(["Control", "Meta", "Shift", "Alt", "AltGraph", "CapsLock", "Tab", "Dead", "Process", "Unidentified"]);

/** The chord that a key press is, or null while only Ctrl and the like are down. */
export function chordOf(event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): string | null {
  if (ALONE.has(event.key)) return null;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase();
  const key = event.key === " " ? "space" : (event.altKey ? letter : undefined) ?? event.key.toLowerCase();
  // A character such as ? says by itself that Shift was down.
  const isSign = /^[^a-z0-9]$/.test(key);
  return [...(event.ctrlKey || event.metaKey ? ["mod"] : []), ...(event.altKey ? ["alt"] : []), ...(event.shiftKey && !isSign ? ["shift"] : []), key].join("+");
}
