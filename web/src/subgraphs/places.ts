/** Going into subgraphs and out again: where one has been, and how each page was looked at. */
import { create } from "zustand";

import { currentView, fitView, showView } from "@/canvas/viewport";
import { currentDoc, currentPath, currentSelection, currentTab, currentWhole, documentStore, goTo, select } from "@/model/document";
import { executionId, validPath } from "@/model/pages";
import type { NodeId, Path } from "@/model/types";

interface Trail {
  readonly back: readonly Path[];
  readonly forward: readonly Path[];
}

const NOWHERE: Trail = { back: [], forward: [] };
const MOST = 50;

/** Pages visited, for each open workflow. */
export const trailStore = create<{ readonly trails: Readonly<Record<string, Trail>> }>()(() => ({ trails: {} }));

type View = NonNullable<ReturnType<typeof currentView>>;
const views = new Map<string, View>();

/** While one goes back or forward the trail is not written. */
let isRetracing = false;

const pageKey = (tab: string, path: Path): string => `${tab}/${executionId(path, "")}`;
const trailOf = (tab: string): Trail => trailStore.getState().trails[tab] ?? NOWHERE;
const setTrail = (tab: string, trail: Trail): void => trailStore.setState(({ trails }) => ({ trails: { ...trails, [tab]: trail } }));

documentStore.subscribe((state, before) => {
  if (state.path === before.path || state.tab !== before.tab || executionId(state.path, "") === executionId(before.path, "")) return;
  const view = currentView();
  if (view !== undefined) views.set(pageKey(before.tab, before.path), view);
  if (!isRetracing) setTrail(state.tab, { back: [...trailOf(state.tab).back, before.path].slice(-MOST), forward: [] });
  const known = views.get(pageKey(state.tab, state.path));
  if (known === undefined) fitView(false);
  else showView(known, false);
});

const isInstance = (id: NodeId | undefined): boolean => id !== undefined && currentWhole().subgraphs[currentDoc().nodes[id]?.type ?? ""] !== undefined;

/** The one instance that is selected, if it is one. */
export function chosenInstance(): NodeId | undefined {
  const { nodes } = currentSelection();
  return nodes.length === 1 && isInstance(nodes[0]) ? nodes[0] : undefined;
}

export function enter(id: NodeId): void {
  if (isInstance(id)) goTo([...currentPath(), id]);
}

/** Goes so many steps out; the instance that one was in is selected. */
export function leave(steps = 1): void {
  const path = currentPath();
  const outer = path.slice(0, Math.max(0, path.length - steps));
  const left = path[outer.length];
  if (left === undefined) return;
  goTo(outer);
  select({ nodes: [left] });
}

function retrace(from: "back" | "forward"): void {
  const tab = currentTab();
  const trail = trailOf(tab);
  const places = [...trail[from]];
  // Instances may be gone since.
  for (let path = places.pop(); path !== undefined; path = places.pop()) {
    if (validPath(currentWhole(), path).length !== path.length) continue;
    const here = currentPath();
    const other = from === "back" ? "forward" : "back";
    isRetracing = true;
    goTo(path);
    isRetracing = false;
    setTrail(tab, { ...trail, [from]: places, [other]: [...trail[other], here] });
    return;
  }
  setTrail(tab, { ...trail, [from]: [] });
}

export const goBack = (): void => retrace("back");
export const goForward = (): void => retrace("forward");
export const canGo = (way: "back" | "forward"): boolean => trailOf(currentTab())[way].length > 0;

const nothingChosen = (): boolean => {
  const { nodes, links, groups } = currentSelection();
  return nodes.length + links.length + groups.length === 0;
};

let wasChosen = false;

/** Escape lets go of what is selected first, then it leaves the subgraph. */
export function stepOut(): void {
  if (wasChosen || !nothingChosen()) select({});
  else leave();
}

/** Escape on a node that has the focus changes the selection before commands are asked: how it was is kept. */
export function watchEscape(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    wasChosen = !nothingChosen();
    const isOnNode = event.target instanceof HTMLElement && event.target.matches(".react-flow__node");
    if (wasChosen || !isOnNode || currentPath().length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
