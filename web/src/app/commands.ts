/** Everything that can be done, by name: the menus, the keys and the palette read this one table. */
import { toast } from "sonner";

import { clearQueue, fetchDefinitions, interrupt } from "@/api/client";
import { boxOf, fitView, viewCenter, zoomBy, zoomReset } from "@/canvas/viewport";
import { CHOOSER_COMMANDS } from "@/chooser/commands";
import { FIND_COMMANDS } from "@/find/commands";
import { GALLERY_COMMANDS } from "@/gallery/commands";
import { t, type MessageKey } from "@/i18n";
import { JOBS_COMMANDS } from "@/jobs/commands";
import * as actions from "@/model/actions";
import { copyText, parseClipboard, paste } from "@/model/clipboard";
import { currentDoc, currentSelection, idHere, redo, select, transact, undo } from "@/model/document";
import { arrange } from "@/model/layout";
import { MODE, type Doc, type NodeId, type Point } from "@/model/types";
import { MODELS_COMMANDS } from "@/models/commands";
import { installCommands, type Command, type CommandTable } from "@/palette/registry";
import { PROFILE_COMMANDS } from "@/profile/commands";
import { run } from "@/runtime/queue";
import { SUBGRAPHS_COMMANDS } from "@/subgraphs/commands";
import { nextTheme } from "@/settings/appearance";
import { openSettings } from "@/settings/open";
import { TABS_COMMANDS } from "@/tabs/commands";

import { currentDefs, serverDefs, sessionStore } from "./session";
import { openPalette, toggleDrawer, uiStore } from "./ui";

const chosen = (): readonly NodeId[] => currentSelection().nodes;

/** An action on the selected nodes; nothing selected, nothing done. */
function onSelection(step: MessageKey, change: (doc: Doc, ids: readonly NodeId[]) => Doc): () => void {
  return () => {
    const ids = chosen();
    if (ids.length > 0) transact(step, (doc) => change(doc, ids));
  };
}

function removeSelection(): void {
  const { nodes, links, groups } = currentSelection();
  if (nodes.length + links.length + groups.length === 0) return;
  transact("step.delete", (doc) => actions.removeGroups(actions.removeLinks(actions.removeNodes(doc, nodes), links), groups));
  select({});
}

/** What was copied last in this tab, for browsers that keep the clipboard shut. */
let held = "";

function copy(): void {
  if (chosen().length === 0) return;
  held = copyText(currentDoc(), serverDefs(), { nodes: chosen(), groups: currentSelection().groups });
  void navigator.clipboard?.writeText(held).catch(() => undefined);
}

export function pasteText(text: string, at: Point | null): boolean {
  const source = parseClipboard(text);
  if (source === null) return false;
  let ids: readonly NodeId[] = [];
  transact("step.paste", (doc) => {
    const pasted = paste(doc, serverDefs(), source, at);
    ids = pasted.ids;
    return pasted.doc;
  });
  select({ nodes: ids });
  return true;
}

function duplicate(): void {
  if (chosen().length === 0) return;
  const source = parseClipboard(copyText(currentDoc(), serverDefs(), { nodes: chosen(), groups: currentSelection().groups }));
  if (source === null) return;
  let ids: readonly NodeId[] = [];
  transact("step.duplicate", (doc) => {
    const pasted = paste(doc, serverDefs(), source, null);
    ids = pasted.ids;
    return pasted.doc;
  });
  select({ nodes: ids });
}

function announce(label: MessageKey | null, done: MessageKey, nothing: MessageKey): void {
  toast(label === null ? t(nothing) : t(done, { label: t(label).toLowerCase() }), { id: "undo", duration: 1500 });
}

function group(): void {
  const boxes = chosen().flatMap((id) => boxOf(id) ?? []);
  transact("step.group", (doc) => actions.groupNodes(doc, boxes, t("step.group")));
}

function arrangeNodes(): void {
  const only = chosen().length > 1 ? new Set(chosen()) : undefined;
  transact("step.arrange", (doc) => arrange(doc, currentDefs(), only));
  if (only === undefined) setTimeout(fitView, 50);
}

async function refresh(): Promise<void> {
  const defs = await fetchDefinitions().catch(() => null);
  if (defs === null) toast.error(t("error.noDefinitions"));
  else sessionStore.setState({ defs });
}

const TABLE = {
  run: { title: "action.run", group: "run", chords: ["mod+enter"], inText: true, run: () => void run({ count: uiStore.getState().batch }) },
  runFront: { title: "action.runFront", group: "run", chords: ["mod+shift+enter"], inText: true, run: () => void run({ count: uiStore.getState().batch, front: true }) },
  runTo: { title: "action.runTo", group: "run", chords: [], run: () => void run({ targets: chosen().map(idHere) }) },
  interrupt: { title: "action.interrupt", group: "run", chords: ["mod+alt+enter"], inText: true, run: () => void interrupt() },
  clearQueue: { title: "action.clearQueue", group: "run", chords: [], run: () => void clearQueue() },
  search: { title: "action.search", group: "view", chords: ["mod+k", "f3"], inText: true, run: () => openPalette("all") },
  addNode: { title: "action.addNode", group: "nodes", chords: ["shift+a"], run: () => openPalette("nodes") },
  undo: { title: "action.undo", group: "edit", chords: ["mod+z"], run: () => announce(undo(), "undo.undone", "undo.nothing") },
  redo: { title: "action.redo", group: "edit", chords: ["mod+shift+z", "mod+y"], run: () => announce(redo(), "undo.redone", "undo.nothingAgain") },
  copy: { title: "action.copy", group: "edit", chords: ["mod+c"], run: copy },
  cut: { title: "action.cut", group: "edit", chords: ["mod+x"], run: () => { copy(); removeSelection(); } },
  paste: {
    title: "action.paste", group: "edit",
    chords: [],
    run: (at = viewCenter()) => {
      const read = navigator.clipboard?.readText() ?? Promise.reject(new Error("no clipboard"));
      void read.catch(() => held).then((text) => pasteText(text, at) || pasteText(held, at));
    },
  },
  duplicate: { title: "action.duplicate", group: "edit", chords: ["mod+d"], run: duplicate },
  delete: { title: "action.delete", group: "edit", chords: ["delete", "backspace"], run: removeSelection },
  dissolve: { title: "action.dissolve", group: "edit", chords: ["mod+delete", "mod+backspace"], run: onSelection("step.delete", actions.dissolveNodes) },
  mute: { title: "action.mute", group: "nodes", chords: ["mod+m"], run: onSelection("step.mute", (doc, ids) => actions.toggleMode(doc, ids, MODE.muted)) },
  bypass: { title: "action.bypass", group: "nodes", chords: ["mod+b"], run: onSelection("step.bypass", (doc, ids) => actions.toggleMode(doc, ids, MODE.bypassed)) },
  collapse: { title: "action.collapse", group: "nodes", chords: ["alt+c"], run: onSelection("step.collapse", (doc, ids) => actions.toggleFlag(doc, ids, "collapsed")) },
  pin: { title: "action.pin", group: "nodes", chords: ["p"], run: onSelection("step.pin", (doc, ids) => actions.toggleFlag(doc, ids, "pinned")) },
  rename: { title: "action.rename", group: "nodes", chords: ["f2"], run: () => uiStore.setState({ renaming: chosen()[0] ?? null }) },
  selectAll: { title: "action.selectAll", group: "edit", chords: ["mod+a"], run: () => select({ nodes: Object.keys(currentDoc().nodes), groups: Object.keys(currentDoc().groups) }) },
  group: { title: "action.group", group: "nodes", chords: ["mod+g"], run: group },
  arrange: { title: "action.arrange", group: "arrange", chords: ["shift+l"], run: arrangeNodes },
  fit: { title: "action.fit", group: "view", chords: ["f", "."], run: () => fitView() },
  zoomIn: { title: "action.zoomIn", group: "view", chords: ["mod+="], run: () => zoomBy(1.25) },
  zoomOut: { title: "action.zoomOut", group: "view", chords: ["mod+-"], run: () => zoomBy(1 / 1.25) },
  zoomReset: { title: "action.zoomReset", group: "view", chords: ["mod+0"], run: zoomReset },
  nodes: { title: "action.nodes", group: "panels", chords: ["n"], run: () => toggleDrawer("nodes") },
  workflows: { title: "action.workflows", group: "panels", chords: ["w"], run: () => toggleDrawer("workflows") },
  inspector: { title: "action.inspector", group: "panels", chords: ["i"], run: () => uiStore.setState((state) => ({ inspector: !state.inspector })) },
  settings: { title: "settings.open", group: "panels", chords: ["mod+,"], inText: true, run: () => openSettings() },
  theme: { title: "action.theme", group: "view", chords: [], run: nextTheme },
  refresh: { title: "action.refresh", group: "panels", chords: ["r"], run: () => void refresh() },
  shortcuts: { title: "action.shortcuts", group: "help", chords: ["?"], run: () => uiStore.setState({ shortcuts: true }) },
} satisfies CommandTable;

/** The tables of all rooms. */
const ALL = { ...TABLE, ...CHOOSER_COMMANDS, ...GALLERY_COMMANDS, ...JOBS_COMMANDS, ...MODELS_COMMANDS, ...PROFILE_COMMANDS, ...FIND_COMMANDS, ...TABS_COMMANDS, ...SUBGRAPHS_COMMANDS };

export type CommandId = keyof typeof ALL;

export const COMMANDS: Readonly<Record<CommandId, Command>> = ALL;

installCommands(COMMANDS);

export const commandList = (): readonly (readonly [CommandId, Command])[] => Object.entries(ALL) as [CommandId, Command][];
