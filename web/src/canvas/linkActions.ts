/** What is done to wires: bends, looks, names, nodes put in between. */
import { toast } from "sonner";

import { currentDefs } from "@/session/store";
import { t } from "@/i18n";
import { removeLinks } from "@/model/actions";
import { beginGesture, currentDoc, currentSelection, endGesture, select, transact } from "@/model/document";
import { disconnectNodes, insertInto, joinInOrder, swapEnd } from "@/model/joining";
import { addBend, linksThroughAll, presentLinks, removeBends, straighten } from "@/model/reroutes";
import type { DocLink, Point } from "@/model/types";
import { openPalette, uiStore } from "@/session/ui";

import { bendOf } from "./derive";
import { chosen } from "./editing";
import { outputEnd } from "./gestures";
import { hands } from "./hands";
import { gridSize } from "./preferences";
import { farStore } from "./far";
import { middleFar } from "./farHere";
import { middleOf } from "./strokes";
import { boxOf, centerOn, focusNode, viewCenter, zoomTo } from "./viewport";

export const hasLinks = (): boolean => currentSelection().links.length > 0;
export const hasOneLink = (): boolean => currentSelection().links.length === 1;

/** Something that can be straightened. */
export const hasBends = (): boolean => currentSelection().bends.length > 0 || chosenLinks().some((link) => link.reroute !== null);

const chosenLinks = (): readonly DocLink[] => currentSelection().links.flatMap((id) => currentDoc().links[id] ?? []);

/** Wires that are selected, or all those of selected nodes. */
function meantLinks(): readonly DocLink[] {
  const links = chosenLinks();
  if (links.length > 0) return links;
  const nodes = new Set(chosen());
  return Object.values(currentDoc().links).filter((link) => nodes.has(link.from) || nodes.has(link.to));
}

const snapped = ({ x, y }: Point): Point => {
  const grid = gridSize();
  return { x: Math.round(x / grid) * grid, y: Math.round(y / grid) * grid };
};

/** Breaks a stretch of wire at a point. */
export function bendAt(stretch: string, at: Point): void {
  const bend = bendOf(stretch);
  let id = -1;
  transact("links.step.bend", (doc) => {
    const added = addBend(doc, bend === null ? { link: Number(stretch) } : { bend }, snapped(at));
    id = added.id;
    return added.doc;
  });
  if (id >= 0) select({ bends: [id] });
}

/** At a place on the wire, or in its middle. */
export function bendSelected(at?: Point): void {
  for (const link of chosenLinks()) bendAt(String(link.id), at ?? middleOfLink(link));
}

function middleOfLink(link: DocLink): Point {
  const id = String(link.id);
  return (farStore.getState().isFar ? middleFar(id) : middleOf(id)) ?? middleBetween(link);
}

function middleBetween({ from, to }: DocLink): Point {
  const [a, b] = [boxOf(from), boxOf(to)];
  return a === null || b === null ? viewCenter() : { x: (a.x + a.width + b.x) / 2, y: (a.y + b.y) / 2 + 40 };
}

export function straightenSelected(): void {
  const { bends } = currentSelection();
  const links = chosenLinks().map((link) => link.id);
  transact("links.step.straighten", (doc) => straighten(removeBends(doc, bends), links));
}

export const removeSelectedLinks = (): void => {
  const { links } = currentSelection();
  transact("step.disconnect", (doc) => removeLinks(doc, links));
  select({});
};

/** All hidden unless all are already. */
export function toggleHidden(): void {
  const links = meantLinks();
  const hidden = !links.every((link) => link.hidden);
  if (links.length > 0) transact(hidden ? "links.step.hide" : "links.step.show", (doc) => presentLinks(doc, links.map((link) => link.id), { hidden }));
}

export function startNaming(): void {
  const [link] = chosenLinks();
  if (link !== undefined) nameWire(link);
}

/** Names are written at the wire: from afar one goes there first. */
function nameWire(link: DocLink): void {
  if (farStore.getState().isFar) {
    centerOn(middleOfLink(link));
    zoomTo(1);
  }
  hands.setState({ naming: link.id });
}

/** Hidden behind a name: the tags ask for it at once. */
export function broadcast(): void {
  const links = chosenLinks();
  const [first] = links;
  if (first === undefined) return;
  const name = currentDoc().nodes[first.from]?.outputs[first.slot]?.name.toLowerCase() ?? "";
  transact("links.step.hide", (doc) => presentLinks(doc, links.map((link) => link.id), { hidden: true, label: first.label ?? name }));
  select({ links: [first.id] });
  nameWire(first);
}

export function goToEnd(end: "from" | "to"): void {
  const [link] = chosenLinks();
  if (link !== undefined) focusNode(link[end]);
}

export function swapSelected(): void {
  const before = currentDoc();
  const links = currentSelection().links;
  transact("links.step.swap", (doc) => links.reduce((after, link) => swapEnd(after, currentDefs(), link), doc));
  if (currentDoc() === before) toast(t("links.swapNothing"), { id: "swap", duration: 2500 });
}

export const disconnectSelected = (): void => {
  const ids = chosen();
  transact("step.disconnect", (doc) => disconnectNodes(doc, ids));
};

/** From left to right, each to the next. */
export function connectSelected(): void {
  const before = currentDoc();
  const ids = [...chosen()].sort((a, b) => (boxOf(a)?.x ?? 0) - (boxOf(b)?.x ?? 0));
  transact("step.connect", (doc) => joinInOrder(doc, currentDefs(), ids));
  if (currentDoc() === before) toast(t("links.connectNothing"), { id: "join", duration: 2500 });
}

/** Asks for a node and puts it into the wire; both are one step. */
export function insertIntoSelected(at?: Point): void {
  const [link] = chosenLinks();
  if (link === undefined) return;
  const place = at ?? middleOfLink(link);
  const before = currentDoc().lastNodeId;
  beginGesture("step.add");
  openPalette("nodes", { x: place.x - 120, y: place.y }, outputEnd(link.from, link.slot));
  const stop = uiStore.subscribe(({ palette }) => {
    if (palette !== null) return;
    stop();
    // The palette closes before it adds the node.
    setTimeout(() => {
      const doc = currentDoc();
      if (doc.lastNodeId > before) putInto(link.id, String(doc.lastNodeId));
      endGesture();
    });
  });
}

function putInto(link: number, node: string): void {
  const doc = currentDoc();
  const loose = disconnectNodes(doc, [node]);
  const joined = insertInto(loose, currentDefs(), link, node);
  if (joined !== loose) transact("step.add", () => joined, "step.add");
}

/** The wires of a stretch, for menus. */
export const linksOfStretch = (id: string): readonly number[] => linksThroughAll(currentDoc(), bendOf(id), Number(id));
