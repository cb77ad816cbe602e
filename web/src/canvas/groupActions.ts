/** What is done to groups: from their headers, their menu and by keys. */
import { toast } from "sonner";

import { t } from "@/i18n";
import { groupNodes, updateGroup, updateNodes } from "@/model/actions";
import { currentDoc, currentSelection, idHere, select, transact } from "@/model/document";
import { endsOf, fitGroup, frameOf, isLocked, lockGroups, membersOf, modeOf, withMembers } from "@/model/grouping";
import { MODE } from "@/model/types";
import { run } from "@/runtime/queue";
import { currentDefs } from "@/session/store";

import { chosen, newTitle } from "./editing";
import { boxOf } from "./viewport";

const groups = (): readonly string[] => currentSelection().groups;
/** The groups that something is to be done to. */
const meant = (id?: string): readonly string[] => (id === undefined ? groups() : [id]);

/** A frame around what is selected: nodes, and frames among them. */
export function groupSelection(): void {
  const doc = currentDoc();
  const boxes = [...chosen().flatMap((id) => boxOf(id) ?? []), ...groups().flatMap((id) => (doc.groups[id] === undefined ? [] : [frameOf(doc.groups[id])]))];
  if (boxes.length === 0) return;
  const before = new Set(Object.keys(doc.groups));
  transact("step.group", (now) => groupNodes(now, boxes, newTitle()));
  select({ groups: Object.keys(currentDoc().groups).filter((id) => !before.has(id)) });
}

export function fitGroups(id?: string): void {
  const ids = meant(id);
  transact("arranging.step.fit", (doc) => ids.reduce((after, group) => fitGroup(after, group, boxOf), doc));
}

export function selectContents(id?: string): void {
  const found = withMembers(currentDoc(), meant(id), boxOf);
  const own = new Set(meant(id));
  select({ nodes: found.nodes, bends: found.bends, groups: found.groups.filter((group) => !own.has(group)) });
}

/** Everything inside this way, or as usual again when it is so already. */
export function toggleGroupMode(mode: number, id?: string): void {
  const { nodes } = withMembers(currentDoc(), meant(id), boxOf);
  if (nodes.length === 0) toast(t("arranging.emptyGroup"), { id: "group", duration: 2500 });
  else transact(mode === MODE.muted ? "step.mute" : "step.bypass", (doc) => updateNodes(doc, nodes, () => ({ mode: modeOf(doc, nodes) === mode ? MODE.always : mode })));
}

export function runGroup(id?: string): void {
  const doc = currentDoc();
  const { nodes } = withMembers(doc, meant(id), boxOf);
  const ends = endsOf(doc, nodes, (node) => currentDefs()[doc.nodes[node]?.type ?? ""]?.isOutput === true);
  if (ends.length === 0) toast(t("arranging.nothingToRun"), { id: "group", duration: 2500 });
  else void run({ targets: ends.map(idHere) });
}

export function toggleLock(id?: string): void {
  const ids = meant(id);
  transact("arranging.step.lock", (doc) => lockGroups(doc, ids, !ids.every((group) => doc.groups[group] !== undefined && isLocked(doc.groups[group]))));
}

export function colorGroups(color: string | null, id?: string): void {
  const ids = meant(id);
  transact("step.color", (doc) => ids.reduce((after, group) => updateGroup(after, group, { color }), doc));
}

/** Mode of all that is in a group, or null for a mixture. */
export const groupMode = (id: string): number | null => modeOf(currentDoc(), membersOf(currentDoc(), id, boxOf).nodes);
