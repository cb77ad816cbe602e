/** Everything that can be done on the canvas, by name. */
import * as actions from "@/model/actions";
import { currentDoc, currentSelection } from "@/model/document";
import { MODE } from "@/model/types";
import type { Command, CommandTable } from "@/palette/registry";
import { t, type MessageKey } from "@/i18n";
import { openPalette, uiStore } from "@/session/ui";

import * as arranging from "./arranging";
import * as editing from "./editing";
import { groupNodeId } from "./derive";
import * as groups from "./groupActions";
import * as links from "./linkActions";
import { nextLinkStyle, toggleWires } from "./preferences";
import { say } from "./hands";
import { goToView, storeView } from "./views";
import { fitSelection, fitView, focusNode, boxOf, viewCenter, zoomBy, zoomReset } from "./viewport";
import { nextNode, type Way } from "./walk";
import { takeKnife } from "./wireGestures";

function rename(): void {
  const { nodes, groups: chosen, links: wires } = currentSelection();
  const [group] = chosen;
  if (nodes.length === 0 && group === undefined && wires.length > 0) links.startNaming();
  else uiStore.setState({ renaming: nodes[0] ?? (group === undefined ? null : groupNodeId(group)) });
}

function walk(way: Way): void {
  const from = editing.chosen()[0];
  const next = from === undefined ? (Object.keys(currentDoc().nodes)[0] ?? null) : nextNode(currentDoc(), from, way, boxOf);
  if (next === null) say(t("links.walkNothing"));
  else focusNode(next);
}

const EDIT = {
  copy: { title: "action.copy", group: "edit", chords: ["mod+c"], run: editing.copy },
  cut: { title: "action.cut", group: "edit", chords: ["mod+x"], run: editing.cut },
  paste: { title: "action.paste", group: "edit", chords: [], run: (at = viewCenter()) => editing.pasteHere(at) },
  pasteJoined: { title: "action.pasteJoined", group: "edit", chords: ["mod+shift+v"], run: (at = viewCenter()) => editing.pasteHere(at, true) },
  duplicate: { title: "action.duplicate", group: "edit", chords: ["mod+d"], run: editing.duplicate },
  delete: { title: "action.delete", group: "edit", chords: ["delete", "backspace"], run: editing.removeSelection },
  deleteContents: { title: "arranging.group.deleteAll", group: "edit", chords: ["shift+delete"], isEnabled: editing.hasGroups, run: editing.removeWithContents },
  dissolve: { title: "action.dissolve", group: "edit", chords: ["mod+delete", "mod+backspace"], run: editing.onNodes("step.delete", actions.dissolveNodes) },
  selectAll: { title: "action.selectAll", group: "edit", chords: ["mod+a"], run: editing.selectAll },
} satisfies CommandTable;

const NODES = {
  addNode: { title: "action.addNode", group: "nodes", chords: ["shift+a"], run: () => openPalette("nodes") },
  mute: { title: "action.mute", group: "nodes", chords: ["mod+m"], run: editing.onNodes("step.mute", (doc, ids) => actions.toggleMode(doc, ids, MODE.muted)) },
  bypass: { title: "action.bypass", group: "nodes", chords: ["mod+b"], run: editing.onNodes("step.bypass", (doc, ids) => actions.toggleMode(doc, ids, MODE.bypassed)) },
  collapse: { title: "action.collapse", group: "nodes", chords: ["alt+c"], run: editing.onNodes("step.collapse", (doc, ids) => actions.toggleFlag(doc, ids, "collapsed")) },
  pin: { title: "action.pin", group: "nodes", chords: ["p"], run: editing.onNodes("step.pin", (doc, ids) => actions.toggleFlag(doc, ids, "pinned")) },
  rename: { title: "action.rename", group: "nodes", chords: ["f2"], run: rename },
  group: { title: "action.group", group: "nodes", chords: ["mod+g"], run: groups.groupSelection },
  groupFit: { title: "arranging.group.fit", group: "nodes", chords: ["alt+g"], isEnabled: editing.hasGroups, run: () => groups.fitGroups() },
  groupSelect: { title: "arranging.group.select", group: "nodes", chords: ["alt+a"], isEnabled: editing.hasGroups, run: () => groups.selectContents() },
  groupRun: { title: "arranging.group.run", group: "nodes", chords: [], isEnabled: editing.hasGroups, run: () => groups.runGroup() },
  groupMute: { title: "arranging.group.mute", group: "nodes", chords: [], isEnabled: editing.hasGroups, run: () => groups.toggleGroupMode(MODE.muted) },
  groupBypass: { title: "arranging.group.bypass", group: "nodes", chords: [], isEnabled: editing.hasGroups, run: () => groups.toggleGroupMode(MODE.bypassed) },
  groupLock: { title: "arranging.group.toggleLock", group: "nodes", chords: [], isEnabled: editing.hasGroups, run: () => groups.toggleLock() },
} satisfies CommandTable;

const LINKS = {
  bend: { title: "links.bend", group: "links", chords: ["alt+b"], isEnabled: links.hasLinks, run: links.bendSelected },
  straighten: { title: "links.straighten", group: "links", chords: [], isEnabled: links.hasBends, run: links.straightenSelected },
  insertNode: { title: "links.insert", group: "links", chords: ["alt+i"], isEnabled: links.hasOneLink, run: links.insertIntoSelected },
  hideLink: { title: "links.hide", group: "links", chords: ["h"], isEnabled: () => links.hasLinks() || editing.hasNodes(), run: links.toggleHidden },
  hideLinks: { title: "links.hideAll", group: "links", chords: ["shift+h"], run: toggleWires },
  nameLink: { title: "links.naming", group: "links", chords: [], isEnabled: links.hasOneLink, run: links.startNaming },
  broadcast: { title: "links.broadcast", group: "links", chords: ["alt+h"], isEnabled: links.hasLinks, run: links.broadcast },
  linkSource: { title: "links.toSource", group: "links", chords: [], isEnabled: links.hasOneLink, run: () => links.goToEnd("from") },
  linkTarget: { title: "links.toTarget", group: "links", chords: [], isEnabled: links.hasOneLink, run: () => links.goToEnd("to") },
  swapLink: { title: "links.swap", group: "links", chords: ["alt+s"], isEnabled: links.hasLinks, run: links.swapSelected },
  removeLink: { title: "links.remove", group: "links", chords: [], isEnabled: links.hasLinks, run: links.removeSelectedLinks },
  disconnect: { title: "links.disconnect", group: "links", chords: ["shift+x"], isEnabled: editing.hasNodes, run: links.disconnectSelected },
  connectNodes: { title: "links.connect", group: "links", chords: ["j"], isEnabled: arranging.hasSeveral, run: links.connectSelected },
  cutLinks: { title: "links.cut", group: "links", chords: ["k"], run: takeKnife },
  linkStyle: { title: "links.nextStyle", group: "links", chords: ["alt+l"], run: nextLinkStyle },
  walkLeft: { title: "links.walkLeft", group: "links", chords: ["mod+arrowleft"], run: () => walk("left") },
  walkRight: { title: "links.walkRight", group: "links", chords: ["mod+arrowright"], run: () => walk("right") },
  walkUp: { title: "links.walkUp", group: "links", chords: ["mod+arrowup"], run: () => walk("up") },
  walkDown: { title: "links.walkDown", group: "links", chords: ["mod+arrowdown"], run: () => walk("down") },
} satisfies CommandTable;

const ARRANGE = {
  arrange: { title: "action.arrange", group: "arrange", chords: ["shift+l"], run: () => void arranging.arrangeNodes() },
  alignLeft: { title: "arranging.left", group: "arrange", chords: ["alt+shift+arrowleft"], isEnabled: arranging.hasSeveral, run: arranging.align("left") },
  alignRight: { title: "arranging.right", group: "arrange", chords: ["alt+shift+arrowright"], isEnabled: arranging.hasSeveral, run: arranging.align("right") },
  alignTop: { title: "arranging.top", group: "arrange", chords: ["alt+shift+arrowup"], isEnabled: arranging.hasSeveral, run: arranging.align("top") },
  alignBottom: { title: "arranging.bottom", group: "arrange", chords: ["alt+shift+arrowdown"], isEnabled: arranging.hasSeveral, run: arranging.align("bottom") },
  alignCenterX: { title: "arranging.centerX", group: "arrange", chords: [], isEnabled: arranging.hasSeveral, run: arranging.align("centerX") },
  alignCenterY: { title: "arranging.centerY", group: "arrange", chords: [], isEnabled: arranging.hasSeveral, run: arranging.align("centerY") },
  distributeX: { title: "arranging.distributeX", group: "arrange", chords: [], isEnabled: arranging.hasThree, run: arranging.distribute("x") },
  distributeY: { title: "arranging.distributeY", group: "arrange", chords: [], isEnabled: arranging.hasThree, run: arranging.distribute("y") },
  sameWidth: { title: "arranging.sameWidth", group: "arrange", chords: [], isEnabled: arranging.hasSeveral, run: arranging.sameWidth },
} satisfies CommandTable;

const VIEW = {
  fit: { title: "action.fit", group: "view", chords: ["f", "."], run: () => fitView() },
  fitSelection: { title: "arranging.fitSelection", group: "view", chords: ["shift+f"], run: fitSelection },
  zoomIn: { title: "action.zoomIn", group: "view", chords: ["mod+="], run: () => zoomBy(1.25) },
  zoomOut: { title: "action.zoomOut", group: "view", chords: ["mod+-"], run: () => zoomBy(1 / 1.25) },
  zoomReset: { title: "action.zoomReset", group: "view", chords: ["mod+0"], run: zoomReset },
  minimap: { title: "action.minimap", group: "view", chords: ["shift+m"], run: () => uiStore.setState(({ minimap }) => ({ minimap: !minimap })) },
} satisfies CommandTable;

const VIEW_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
type ViewKey = (typeof VIEW_KEYS)[number];

function viewTable<Prefix extends "storeView" | "goToView">(prefix: Prefix, chord: string, act: (key: string) => void): Record<`${Prefix}${ViewKey}`, Command> {
  const entries = VIEW_KEYS.map((key) => [`${prefix}${key}`, { title: `arranging.${prefix}${key}` as MessageKey, group: "view", chords: [`${chord}${key}`], run: () => act(key) }]);
  return Object.fromEntries(entries) as Record<`${Prefix}${ViewKey}`, Command>;
}

export const CANVAS_COMMANDS = { ...EDIT, ...NODES, ...LINKS, ...ARRANGE, ...VIEW, ...viewTable("storeView", "mod+shift+", storeView), ...viewTable("goToView", "shift+", goToView) } satisfies CommandTable;
