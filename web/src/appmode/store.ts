/** Whether the workflow is shown as a form, and whether its form is being made. */
import { create } from "zustand";

import { t } from "@/i18n";
import { currentTab, currentWhole, documentStore, endGesture, goTo, select, transactWhole } from "@/model/document";

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

export function openApp(): void {
  endGesture();
  goTo([]);
  select({});
  appStore.setState({ isOpen: true, isBuilding: false, decided: decided() });
}

export function leaveApp(): void {
  appStore.setState({ isOpen: false, decided: decided() });
  const address = new URL(window.location.href);
  if (!address.searchParams.has("app")) return;
  address.searchParams.delete("app");
  window.history.replaceState(null, "", address);
}

export const toggleApp = (): void => (appStore.getState().isOpen ? leaveApp() : openApp());

export function toggleBuilder(): void {
  const { isBuilding } = appStore.getState();
  appStore.setState({ isOpen: false, isBuilding: !isBuilding, decided: decided() });
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
    if (state.tab !== before.tab) decide();
  });
}

/** The address under which the form of this workflow can be reached. */
export function addressOf(path: string): string {
  const address = new URL(window.location.href);
  address.search = "";
  address.searchParams.set("app", path);
  return address.href;
}

export const formTitle = (form: AppForm, name: string): string => form.title || name || t("app.untitled");
