/** The open workflows: their order, the one in front, and what the others hold while they are not shown. */
import { create } from "zustand";

import { isDirty, NO_FILE, sessionStore, type FileFacts } from "@/session/store";
import { forgetSizes } from "@/canvas/measured";
import { currentView, fitView, showView } from "@/canvas/viewport";
import { t } from "@/i18n";
import { amend, currentWhole, holdDocument, newlyHeld, showHeld, type Held } from "@/model/document";
import { pageOf } from "@/model/pages";
import { EMPTY_DOC, type Doc } from "@/model/types";
import { forgetNodes } from "@/runtime/store";
import { uiStore } from "@/session/ui";

export type TabId = string;

export interface View {
  readonly scale: number;
  readonly offset: readonly [number, number];
}

export interface Tab {
  readonly id: TabId;
  /** Of the tab in front the session store knows better. */
  readonly file: FileFacts;
  /** The document with its undo steps; null while it is shown. */
  readonly held: Held | null;
  /** Where one looked last; null shows all of it. */
  readonly view: View | null;
}

export interface Closed {
  readonly id: TabId;
  readonly index: number;
  /** As it was. After a reload it is read when it is wanted; null where that cannot be. */
  readonly tab: () => Tab | null;
  /** Whether it came from where closed tabs are kept. */
  readonly isKept: boolean;
}

export interface TabsState {
  readonly tabs: readonly Tab[];
  readonly front: TabId;
  /** The last ones that were closed, newest last. */
  readonly closed: readonly Closed[];
}

/** So many closed tabs can be had back. */
const KEPT = 10;

export const tabStore = create<TabsState>()(() => ({ tabs: [], front: "", closed: [] }));

/** `crypto.randomUUID` is there on secure pages only. */
export const freshId = (): TabId => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const frontId = (): TabId => tabStore.getState().front;
export const hasTab = (id: TabId): boolean => tabStore.getState().tabs.some((tab) => tab.id === id);

export function factsOf({ name, path, etag, origin, savedDoc, dirtyDraft }: FileFacts): FileFacts {
  return { name, path, etag, origin, savedDoc, dirtyDraft };
}

/** What is known of a tab's file, whether it is shown or not. */
export function fileOf(id: TabId): FileFacts {
  if (id === frontId()) return factsOf(sessionStore.getState());
  return tabStore.getState().tabs.find((tab) => tab.id === id)?.file ?? NO_FILE;
}

export function wholeOf(id: TabId): Doc {
  if (id === frontId()) return currentWhole();
  return tabStore.getState().tabs.find((tab) => tab.id === id)?.held?.state.whole ?? EMPTY_DOC;
}

export function isTabDirty(id: TabId): boolean {
  if (id === frontId()) return isDirty();
  const { savedDoc, dirtyDraft } = fileOf(id);
  return dirtyDraft || savedDoc !== wholeOf(id);
}

export function viewOf(id: TabId): View | null {
  if (id === frontId()) return currentView() ?? null;
  return tabStore.getState().tabs.find((tab) => tab.id === id)?.view ?? null;
}

export function patchFile(id: TabId, change: Partial<FileFacts>): void {
  if (id === frontId()) sessionStore.setState(change);
  else patchTab(id, (tab) => ({ ...tab, file: { ...tab.file, ...change } }));
}

function patchTab(id: TabId, change: (tab: Tab) => Tab): void {
  tabStore.setState(({ tabs }) => ({ tabs: tabs.map((tab) => (tab.id === id ? change(tab) : tab)) }));
}

/** Changes a tab's document without a step of undo, shown or not: runs go on while one looks elsewhere. */
export function amendTab(id: TabId, change: (whole: Doc) => Doc): void {
  if (id === frontId()) return amend(change);
  patchTab(id, (tab) => {
    if (tab.held === null) return tab;
    const { state } = tab.held;
    const whole = change(state.whole);
    return { ...tab, held: { ...tab.held, state: { ...state, whole, doc: pageOf(whole, state.path) } } };
  });
}

/** What the tab in front is when it is put away. */
function parked(tab: Tab): Tab {
  return { ...tab, file: factsOf(sessionStore.getState()), held: holdDocument(), view: currentView() ?? null };
}

/** Puts the tab in front away; the one that is shown next takes its place. */
function park(): void {
  tabStore.setState(({ tabs, front }) => ({ tabs: tabs.map((tab) => (tab.id === front && tab.held === null ? parked(tab) : tab)) }));
}

function show(id: TabId): void {
  const tab = tabStore.getState().tabs.find((item) => item.id === id);
  if (tab === undefined || tab.held === null) return;
  // What the pointer and the fields were about is of the other document.
  uiStore.setState({ renaming: null, flashed: null, hoveredLink: null, wire: null, lifted: null });
  const { held, file, view } = tab;
  tabStore.setState(({ tabs }) => ({ front: id, tabs: tabs.map((item) => (item.id === id ? { ...item, held: null } : item)) }));
  sessionStore.setState(file);
  showHeld(held);
  // The nodes have to be there before they can be looked at.
  requestAnimationFrame(() => {
    if (frontId() !== id) return;
    if (view === null) fitView(false);
    else showView(view, false);
  });
}

export function goToTab(id: TabId): void {
  if (id === frontId() || !hasTab(id)) return;
  park();
  show(id);
}

export interface NewTab {
  readonly file: Partial<FileFacts>;
  readonly held: Held;
  readonly view?: View | null;
  /** Where among the tabs; behind the one in front when not told. */
  readonly index?: number;
  /** False: it opens without coming to the front. */
  readonly front?: boolean;
}

/** A tab's document carries the tab's id: the run state is found by it. */
const ofTab = (held: Held, tab: TabId): Held => ({ ...held, state: { ...held.state, tab }, past: held.past.map((step) => ({ ...step, tab })), future: held.future.map((step) => ({ ...step, tab })) });

export function addTab({ file, held, view = null, index, front = true }: NewTab, id = freshId()): TabId {
  const { tabs, front: before } = tabStore.getState();
  const at = index ?? tabs.findIndex((tab) => tab.id === before) + 1;
  const tab: Tab = { id, file: { ...NO_FILE, ...file }, held: ofTab(held, id), view };
  tabStore.setState({ tabs: [...tabs.slice(0, at), tab, ...tabs.slice(at)] });
  if (front) {
    park();
    show(id);
  }
  return id;
}

/** A document in a tab of its own: saved as it is, unless it is told to be a draft. */
export function addDoc(whole: Doc, file: Partial<FileFacts>, where: Omit<NewTab, "file" | "held"> = {}): TabId {
  const savedDoc = file.dirtyDraft === true ? null : whole;
  return addTab({ file: { name: freshName(), savedDoc, ...file }, held: newlyHeld(whole, ""), ...where });
}

export const newTab = (): TabId => addDoc(EMPTY_DOC, {});

/** "Untitled", or the first such name with a number that no open tab has. */
export function freshName(base = t("tabs.untitled")): string {
  const taken = new Set(tabStore.getState().tabs.map((tab) => fileOf(tab.id).name));
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base} ${n}`;
    if (!taken.has(name)) return name;
  }
}

/** Another document takes the place of a tab's: nothing to undo, nothing of its runs stays. */
export function replaceDoc(id: TabId, whole: Doc, file: Partial<FileFacts>): void {
  forgetNodes(id);
  forgetSizes(id);
  const facts = { ...file, savedDoc: file.dirtyDraft === true ? null : whole };
  patchFile(id, facts);
  if (id !== frontId()) return patchTab(id, (tab) => ({ ...tab, held: newlyHeld(whole, id), view: null }));
  showHeld(newlyHeld(whole, id));
  requestAnimationFrame(() => fitView(false));
}

/** Closes without asking; the tab can be had back. There is always one tab. */
export function closeTab(id: TabId): void {
  const { tabs } = tabStore.getState();
  const index = tabs.findIndex((tab) => tab.id === id);
  const found = tabs[index];
  if (found === undefined) return;
  const isFront = id === frontId();
  const tab = isFront ? parked(found) : found;
  const next = tabs[index + 1] ?? tabs[index - 1];
  if (isFront) {
    park();
    if (next === undefined) newTab();
    else show(next.id);
  }
  tabStore.setState((state) => ({ tabs: state.tabs.filter((item) => item.id !== id), closed: withClosed(state.closed, tab, index) }));
}

function withClosed(closed: readonly Closed[], tab: Tab, index: number): readonly Closed[] {
  // An empty sheet is nothing that anybody wants back.
  if (Object.keys(tab.held?.state.whole.nodes ?? {}).length === 0) return closed;
  const all = [...closed, { id: tab.id, index, tab: () => tab, isKept: false }];
  for (const gone of all.slice(0, -KEPT)) forgetTab(gone.id);
  return all.slice(-KEPT);
}

function forgetTab(id: TabId): void {
  forgetNodes(id);
  forgetSizes(id);
}

/** The tab that was closed last, as it was; null when there is none. */
export function reopenTab(): TabId | null {
  const { closed } = tabStore.getState();
  const last = closed[closed.length - 1];
  if (last === undefined) return null;
  const tab = last.tab();
  tabStore.setState({ closed: closed.slice(0, -1) });
  if (tab === null || tab.held === null) return reopenTab();
  return addTab({ file: tab.file, held: tab.held, view: tab.view, index: last.index }, tab.id);
}

export function moveTab(id: TabId, index: number): void {
  tabStore.setState(({ tabs }) => {
    const tab = tabs.find((item) => item.id === id);
    if (tab === undefined) return {};
    const rest = tabs.filter((item) => item !== tab);
    const at = Math.max(0, Math.min(rest.length, index));
    return { tabs: [...rest.slice(0, at), tab, ...rest.slice(at)] };
  });
}

/** The tab that lies so many places further, round about. */
export function neighbour(step: number): TabId {
  const { tabs, front } = tabStore.getState();
  const at = tabs.findIndex((tab) => tab.id === front);
  return tabs[(at + step + tabs.length) % tabs.length]?.id ?? front;
}

export function findTab(test: (file: FileFacts, id: TabId) => boolean): TabId | null {
  return tabStore.getState().tabs.find((tab) => test(fileOf(tab.id), tab.id))?.id ?? null;
}

export function duplicateTab(id: TabId): TabId {
  const { name } = fileOf(id);
  const whole = wholeOf(id);
  const index = tabStore.getState().tabs.findIndex((tab) => tab.id === id) + 1;
  return addDoc(whole, { name: freshName(t("tabs.copyOf", { name })), dirtyDraft: true }, { index, view: viewOf(id) });
}
