/** Everything that people may set, in one table: the dialog, the search and the stored values read it. */
import type { Json } from "@/formats/json";
import type { MessageKey } from "@/i18n";

export type SettingGroup = "appearance" | "canvas" | "running" | "files" | "keys";

interface Common {
  readonly group: SettingGroup;
  readonly title: MessageKey;
  readonly hint?: MessageKey;
}

export interface Toggle extends Common {
  readonly kind: "toggle";
  readonly initial: boolean;
}

export interface Choice extends Common {
  readonly kind: "choice";
  readonly initial: string;
  /** Value and name; a name that is no key of the catalogue is shown as it is. */
  readonly choices: readonly (readonly [string, string])[];
}

export interface Amount extends Common {
  readonly kind: "amount";
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly unit: string;
}

/** Values with an editor of their own. */
export interface Special extends Common {
  readonly kind: "palettes" | "bindings";
  readonly initial: { readonly [key: string]: Json };
}

export type Setting = Toggle | Choice | Amount | Special;

const choice = (group: SettingGroup, title: MessageKey, initial: string, choices: Choice["choices"], hint?: MessageKey): Choice => ({ kind: "choice", group, title, initial, choices, ...(hint === undefined ? {} : { hint }) });
const toggle = (group: SettingGroup, title: MessageKey, initial: boolean, hint?: MessageKey): Toggle => ({ kind: "toggle", group, title, initial, ...(hint === undefined ? {} : { hint }) });
const amount = (group: SettingGroup, title: MessageKey, initial: number, [min, max, step]: readonly [number, number, number], unit: string, hint?: MessageKey): Amount => ({ kind: "amount", group, title, initial, min, max, step, unit, ...(hint === undefined ? {} : { hint }) });

export const SETTINGS = {
  theme: choice("appearance", "settings.theme.title", "system", [["system", "settings.theme.system"], ["dark", "settings.theme.dark"], ["light", "settings.theme.light"]]),
  palette: choice("appearance", "settings.palette.title", "", [["", "settings.palette.own"]], "settings.palette.hint"),
  textSize: amount("appearance", "settings.textSize.title", 100, [75, 200, 5], "%", "settings.textSize.hint"),
  language: choice("appearance", "settings.language.title", "", [["", "settings.language.browser"]], "settings.language.hint"),
  linkStyle: choice("canvas", "settings.linkStyle.title", "spline", [["spline", "settings.linkStyle.spline"], ["straight", "settings.linkStyle.straight"], ["linear", "settings.linkStyle.linear"]]),
  panMode: choice("canvas", "settings.panMode.title", "mouse", [["mouse", "settings.panMode.mouse"], ["trackpad", "settings.panMode.trackpad"]], "settings.panMode.hint"),
  snapToGrid: toggle("canvas", "settings.snapToGrid.title", true),
  grid: amount("canvas", "settings.grid.title", 4, [1, 64, 1], "px"),
  guides: toggle("canvas", "settings.guides.title", true, "settings.guides.hint"),
  nodeIds: toggle("canvas", "settings.nodeIds.title", false),
  nodeSource: toggle("canvas", "settings.nodeSource.title", false, "settings.nodeSource.hint"),
  nodeMemory: toggle("canvas", "settings.nodeMemory.title", false),
  seedControl: choice("running", "settings.seedControl.title", "after", [["after", "settings.seedControl.after"], ["before", "settings.seedControl.before"]], "settings.seedControl.hint"),
  previews: choice("running", "settings.previews.title", "auto", [["auto", "settings.previews.auto"], ["none", "settings.previews.none"]]),
  sound: toggle("running", "settings.sound.title", false),
  notification: toggle("running", "settings.notification.title", false, "settings.notification.hint"),
  autosave: choice("files", "settings.autosave.title", "off", [["off", "settings.autosave.off"], ["delay", "settings.autosave.delay"], ["blur", "settings.autosave.blur"]], "settings.autosave.hint"),
  autosaveDelay: amount("files", "settings.autosaveDelay.title", 5, [1, 600, 1], "s"),
  keyPreset: choice("keys", "settings.keyPreset.title", "heddle", [["heddle", "settings.keyPreset.heddle"], ["comfy", "settings.keyPreset.comfy"], ["blender", "settings.keyPreset.blender"]]),
  palettes: { kind: "palettes", group: "appearance", title: "settings.palettes.title", initial: {} },
  bindings: { kind: "bindings", group: "keys", title: "settings.bindings.title", initial: {} },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingId = keyof typeof SETTINGS;

type Widened<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? string : T;
export type SettingValue<Id extends SettingId> = Widened<(typeof SETTINGS)[Id]["initial"]>;
export type SettingValues = { readonly [Id in SettingId]: SettingValue<Id> };

export const INITIAL = Object.fromEntries(Object.entries(SETTINGS).map(([id, setting]) => [id, setting.initial])) as SettingValues;

/** A stored value that the setting would take, else what it is at first. */
export function accepted<Id extends SettingId>(id: Id, value: Json | undefined): SettingValue<Id> {
  const setting: Setting = SETTINGS[id];
  const fits =
    (setting.kind === "toggle" && typeof value === "boolean") ||
    (setting.kind === "choice" && typeof value === "string") ||
    (setting.kind === "amount" && typeof value === "number" && value >= setting.min && value <= setting.max) ||
    ((setting.kind === "palettes" || setting.kind === "bindings") && typeof value === "object" && value !== null && !Array.isArray(value));
  return (fits ? value : setting.initial) as SettingValue<Id>;
}
