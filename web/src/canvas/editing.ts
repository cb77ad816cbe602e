/** Copying, pasting, deleting: what is done to whatever is selected. */
import { t, type MessageKey } from "@/i18n";
import * as actions from "@/model/actions";
import { copyText, joinIncoming, parseClipboard, paste, withIncoming, type Pasted } from "@/model/clipboard";
import { beginGesture, currentDoc, currentPath, currentSelection, currentWhole, endGesture, select, transact, transactWhole } from "@/model/document";
import { withMembers } from "@/model/grouping";
import { removeBends } from "@/model/reroutes";
import { subgraphAt } from "@/model/pages";
import { currentDefs, serverDefs } from "@/session/store";
import { withSweepsFrom, withSweepsOf } from "@/sweeps/copies";
import type { Json } from "@/formats/json";
import type { Doc, NodeId, Point } from "@/model/types";

import { boxOf } from "./viewport";

/** The selected nodes. */
export const chosen = (): readonly NodeId[] => currentSelection().nodes;
export const hasNodes = (): boolean => chosen().length > 0;
export const hasGroups = (): boolean => currentSelection().groups.length > 0;

/** The selected nodes, and those in selected groups. */
export function chosenWithContents(): { readonly nodes: readonly NodeId[]; readonly groups: readonly string[] } {
  const { nodes, groups } = currentSelection();
  const inside = withMembers(currentDoc(), groups, boxOf);
  return { nodes: [...new Set([...nodes, ...inside.nodes])], groups: inside.groups };
}

/** An action on the selected nodes; nothing selected, nothing done. */
export function onNodes(step: MessageKey, change: (doc: Doc, ids: readonly NodeId[]) => Doc): () => void {
  return () => {
    const { nodes, groups } = currentSelection();
    const ids = nodes.length === 0 && groups.length > 0 ? chosenWithContents().nodes : nodes;
    if (ids.length > 0) transact(step, (doc) => change(doc, ids));
  };
}

/** Frames go alone; what lies in them stays. */
export function removeSelection(): void {
  const { nodes, links, groups, bends } = currentSelection();
  if (nodes.length + links.length + groups.length + bends.length === 0) return;
  // Wires that end in chosen bends are not meant by it: they join again.
  const meant = bends.length > 0 && nodes.length + groups.length === 0 ? [] : links;
  transact("step.delete", (doc) => actions.removeGroups(actions.removeLinks(actions.removeNodes(removeBends(doc, bends), nodes), meant), groups));
  select({});
}

export function removeWithContents(): void {
  const { nodes, groups } = chosenWithContents();
  if (groups.length === 0) return removeSelection();
  transact("step.delete", (doc) => actions.removeGroups(actions.removeNodes(doc, nodes), groups));
  select({});
}

const pageHere = (): string | null => subgraphAt(currentWhole(), currentPath()) ?? null;

/** What was copied last in this tab, for browsers that keep the clipboard shut. */
let held = "";

/** Groups bring what lies in them. */
function copied(): string {
  const what = chosenWithContents();
  return what.nodes.length + what.groups.length === 0 ? "" : copyText(currentDoc(), serverDefs(), what, (part) => withSweepsOf(withIncoming(part, currentDoc()), currentWhole(), pageHere()));
}

export function copy(): void {
  const text = copied();
  if (text === "") return;
  held = text;
  void navigator.clipboard?.writeText(held).catch(() => undefined);
}

export function cut(): void {
  copy();
  removeWithContents();
}

/** What is joined is fed from where its originals are fed. */
export function pasteText(text: string, at: Point | null, isJoined = false): boolean {
  const source = parseClipboard(text);
  if (source === null) return false;
  insertCopies("step.paste", source, at, isJoined);
  return true;
}

export function pasteHere(at: Point, isJoined = false): void {
  const read = navigator.clipboard?.readText() ?? Promise.reject(new Error("no clipboard"));
  void read.catch(() => held).then((text) => pasteText(text, at, isJoined) || pasteText(held, at, isJoined));
}

export function duplicate(): void {
  const source = parseClipboard(copied());
  if (source !== null) insertCopies("step.duplicate", source, null);
}

function insertCopies(step: MessageKey, source: Json, at: Point | null, isJoined = false): void {
  const before = new Set(Object.keys(currentDoc().groups));
  const done: { pasted: Pasted | null } = { pasted: null };
  beginGesture(step);
  transact(step, (doc) => {
    const pasted = paste(doc, serverDefs(), source, at === null ? null : actions.freePlace(doc, at));
    done.pasted = pasted;
    return isJoined ? joinIncoming(pasted.doc, currentDefs(), source, pasted) : pasted.doc;
  });
  const { pasted } = done;
  if (pasted !== null) transactWhole(step, (whole) => withSweepsFrom(whole, source, pageHere(), pasted));
  endGesture();
  select({ nodes: pasted?.ids ?? [], groups: Object.keys(currentDoc().groups).filter((id) => !before.has(id)) });
}

export function selectAll(): void {
  const { nodes, groups, reroutes } = currentDoc();
  select({ nodes: Object.keys(nodes), groups: Object.keys(groups), bends: Object.keys(reroutes).map(Number) });
}

export const isWired = (ids: readonly NodeId[]): boolean => {
  const inside = new Set(ids);
  return Object.values(currentDoc().links).some((link) => inside.has(link.from) || inside.has(link.to));
};

/** Title of a new frame. */
export const newTitle = (): string => t("step.group");
