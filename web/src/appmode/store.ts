/** Whether the workflow is shown as a form, and whether its form is being made. */
import { create } from "zustand";

import { currentView, fitView, showView } from "@/canvas/viewport";
import { t } from "@/i18n";
import { currentTab, currentWhole, documentStore, endGesture, goTo, select, transactWhole } from "@/model/document";
import type { Doc } from "@/model/types";
import { readInfo } from "@/properties/info";

import { hasForm, readForm, withForm, type AppForm } from "./form";

export interface AppState {
  readonly isOpen: boolean;
  readonly isBuilding: boolean;
  /** Tabs that were shown as a form or left once: nobody is sent there again unasked. */
  readonly decided: ReadonlySet<string>;
}

export const appStore = create<AppState>()(() => ({ isOpen: false, isBuilding: false, decided: new Set() }));

const PHONE = 600;
const isPhone = (): boolean => window.innerWidth < PHONE;

const decided = (): ReadonlySet<string> => new Set([...appStore.getState().decided, currentTab()]);

/** Where one looked on the canvas before. */
let view: ReturnType<typeof currentView>;

export function openApp(): void {
  endGesture();
  view = currentView();
  goTo([]);
  select({});
  appStore.setState({ isOpen: true, isBuilding: false, decided: decided() });
}

const PATIENCE = 3000;

/** The canvas is made anew: once it is there it shows what it showed before. */
function lookBack(since = Date.now()): void {
  if (appStore.getState().isOpen || Date.now() - since > PATIENCE) return;
  if (document.querySelector(".react-flow__viewport") === null) requestAnimationFrame(() => lookBack(since));
  // The canvas says when it is ready a moment after it is there.
  else setTimeout(() => (view === undefined ? fitView(false) : showView(view, false)), 150);
}

export function leaveApp(): void {
  appStore.setState({ isOpen: false, decided: decided() });
  requestAnimationFrame(() => requestAnimationFrame(() => lookBack()));
  const address = new URL(window.location.href);
  if (!address.searchParams.has("app")) return;
  address.searchParams.delete("app");
  window.history.replaceState(null, "", address);
}

export const toggleApp = (): void => (appStore.getState().isOpen ? leaveApp() : openApp());

export function toggleBuilder(): void {
  const { isBuilding } = appStore.getState();
  if (appStore.getState().isOpen) leaveApp();
  appStore.setState({ isBuilding: !isBuilding });
}

export const changeForm = (change: (form: AppForm) => AppForm, gesture = "appMode.step"): void =>
  transactWhole("appMode.step", (whole) => {
    const before = readForm(whole);
    const after = change(before);
    return after === before ? whole : withForm(whole, after);
  }, gesture);

/** Shown as a form at once: what says so itself, and on phones whatever has one. */
function decide(): void {
  const { isOpen, decided: known } = appStore.getState();
  const tab = currentTab();
  if (isOpen || tab === "" || known.has(tab)) return;
  const whole = currentWhole();
  if (readForm(whole).isFirst || (isPhone() && hasForm(whole))) openApp();
}

/** Follows the tabs from the start on; `address` is what the browser was asked for. */
export function watchApp(address: string): void {
  if (new URL(address).searchParams.has("app")) openApp();
  decide();
  documentStore.subscribe((state, before) => {
    // The tab has to be wholly there first.
    if (state.tab !== before.tab) queueMicrotask(decide);
  });
}

/** The address under which the form of this workflow can be reached. */
export function addressOf(path: string): string {
  const address = new URL(window.location.href);
  address.search = "";
  address.searchParams.set("app", path);
  return address.href;
}

export const formTitle = (form: AppForm, whole: Doc, name: string): string => form.title || readInfo(whole).name || name || t("app.untitled");
