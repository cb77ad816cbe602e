/** Everything that can be done, by name: the menus, the keys and the palette read this one table. */
import { toast } from "sonner";

import { clearQueue, fetchDefinitions, interrupt } from "@/api/client";
import { APP_COMMANDS } from "@/appmode/commands";
import { CANVAS_COMMANDS } from "@/canvas/commands";
import { CHOOSER_COMMANDS } from "@/chooser/commands";
import { FIND_COMMANDS } from "@/find/commands";
import { GALLERY_COMMANDS } from "@/gallery/commands";
import { t, type MessageKey } from "@/i18n";
import { JOBS_COMMANDS } from "@/jobs/commands";
import { currentSelection, idHere, redo, undo } from "@/model/document";
import { MISSING_COMMANDS } from "@/missing/commands";
import { PANELS_COMMANDS } from "@/panels/commands";
import { sessionStore } from "@/session/store";
import { openPalette, toggleDrawer, uiStore } from "@/session/ui";
import { TEMPLATES_COMMANDS } from "@/templates/commands";
import { MODELS_COMMANDS } from "@/models/commands";
import { installCommands, type Command, type CommandTable } from "@/palette/registry";
import { LIVE_COMMANDS } from "@/live/commands";
import { PRESETS_COMMANDS } from "@/presets/commands";
import { PROFILE_COMMANDS } from "@/profile/commands";
import { PROMPT_COMMANDS } from "@/prompt/commands";
import { run } from "@/runtime/queue";
import { SUBGRAPHS_COMMANDS } from "@/subgraphs/commands";
import { hasSweep } from "@/sweeps/active";
import { SWEEPS_COMMANDS } from "@/sweeps/commands";
import { SWITCHES_COMMANDS } from "@/switches/commands";
import { nextTheme } from "@/settings/appearance";
import { openSettings } from "@/settings/open";
import { TABS_COMMANDS } from "@/tabs/commands";

function announce(label: MessageKey | null, done: MessageKey, nothing: MessageKey): void {
  toast(label === null ? t(nothing) : t(done, { label: t(label) }), { id: "undo", duration: 1500 });
}

async function refresh(): Promise<void> {
  const defs = await fetchDefinitions().catch(() => null);
  if (defs === null) toast.error(t("error.noDefinitions"));
  else sessionStore.setState({ defs });
}

const TABLE = {
  run: { title: "action.run", group: "run", chords: ["mod+enter"], inText: true, run: () => (hasSweep() ? SWEEPS_COMMANDS.sweepRun.run() : void run({ count: uiStore.getState().batch })) },
  runFront: { title: "action.runFront", group: "run", chords: ["mod+shift+enter"], inText: true, run: () => void run({ count: uiStore.getState().batch, front: true }) },
  runTo: { title: "action.runTo", group: "run", chords: [], run: () => void run({ targets: currentSelection().nodes.map(idHere) }) },
  interrupt: { title: "action.interrupt", group: "run", chords: ["mod+alt+enter"], inText: true, run: () => void interrupt() },
  clearQueue: { title: "action.clearQueue", group: "run", chords: [], run: () => void clearQueue() },
  search: { title: "action.search", group: "view", chords: ["mod+k", "f3"], inText: true, run: () => openPalette("all") },
  undo: { title: "action.undo", group: "edit", chords: ["mod+z"], run: () => announce(undo(), "undo.undone", "undo.nothing") },
  redo: { title: "action.redo", group: "edit", chords: ["mod+shift+z", "mod+y"], run: () => announce(redo(), "undo.redone", "undo.nothingAgain") },
  nodes: { title: "action.nodes", group: "panels", chords: ["n"], run: () => toggleDrawer("nodes") },
  workflows: { title: "action.workflows", group: "panels", chords: ["w"], run: () => toggleDrawer("workflows") },
  inspector: { title: "action.inspector", group: "panels", chords: ["i"], run: () => uiStore.setState((state) => ({ inspector: !state.inspector })) },
  settings: { title: "settings.open", group: "panels", chords: ["mod+,"], inText: true, run: () => openSettings() },
  theme: { title: "action.theme", group: "view", chords: [], run: nextTheme },
  refresh: { title: "action.refresh", group: "panels", chords: ["r"], run: () => void refresh() },
  shortcuts: { title: "action.shortcuts", group: "help", chords: ["?"], run: () => uiStore.setState({ shortcuts: true }) },
} satisfies CommandTable;

/** The tables of all rooms. */
const ALL = { ...TABLE, ...APP_COMMANDS, ...MISSING_COMMANDS, ...PANELS_COMMANDS, ...TEMPLATES_COMMANDS, ...LIVE_COMMANDS, ...PRESETS_COMMANDS, ...SWEEPS_COMMANDS, ...SWITCHES_COMMANDS, ...CANVAS_COMMANDS, ...CHOOSER_COMMANDS, ...GALLERY_COMMANDS, ...JOBS_COMMANDS, ...MODELS_COMMANDS, ...PROFILE_COMMANDS, ...PROMPT_COMMANDS, ...FIND_COMMANDS, ...TABS_COMMANDS, ...SUBGRAPHS_COMMANDS };

export type CommandId = keyof typeof ALL;

const COMMANDS: Readonly<Record<CommandId, Command>> = ALL;

installCommands(COMMANDS);
