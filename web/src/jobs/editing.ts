/** Waiting runs that are open for a change: which tab edits which run, and how the change is sent. */
import { toast } from "sonner";
import { create } from "zustand";

import { ServerError } from "@/api/client";
import { fetchJob, replaceJob, type JobStatus } from "@/api/jobs";
import { openJson } from "@/formats/open";
import { isObject } from "@/formats/json";
import { t } from "@/i18n";
import { client } from "@/runtime/client";
import { failures } from "@/runtime/failures";
import { compose, explain, report, run } from "@/runtime/queue";
import { rememberJob, runtimeStore } from "@/runtime/store";
import { serverDefs } from "@/session/store";
import { open } from "@/tabs/opening";
import { goToTab, hasTab, patchFile, wholeOf, type TabId } from "@/tabs/store";

import { factsOf } from "./facts";
import { forgetFacts, learn, refreshJobs } from "./store";

export interface Editing {
  readonly job: string;
  /** What the run is called; the tab's name says more. */
  readonly title: string;
  /** "gone" when the server knows the run no more. */
  readonly status: JobStatus | "gone";
}

const KEY = "heddle.editing";

function recalled(): Readonly<Record<TabId, Editing>> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<TabId, Editing>;
  } catch {
    return {};
  }
}

/** By tab. */
export const editingStore = create<{ readonly tabs: Readonly<Record<TabId, Editing>> }>()(() => ({ tabs: recalled() }));

function set(tabs: Readonly<Record<TabId, Editing>>): void {
  editingStore.setState({ tabs });
  try {
    sessionStorage.setItem(KEY, JSON.stringify(tabs));
  } catch {
    // After a reload the tab is one like all others.
  }
}

const put = (tab: TabId, editing: Editing): void => set({ ...editingStore.getState().tabs, [tab]: editing });
export const endEditing = (tab: TabId): void => set(Object.fromEntries(Object.entries(editingStore.getState().tabs).filter(([id]) => id !== tab)));

/** Opens the workflow of a run that waits, in a tab that says so. */
export async function editWaiting(id: string): Promise<void> {
  const before = Object.entries(editingStore.getState().tabs).find(([tab, { job }]) => job === id && hasTab(tab));
  if (before !== undefined) return goToTab(before[0]);
  // A tab that was opened before is not read again.
  const title = await fetchJob(id).then(({ prompt, extra }) => factsOf(prompt, extra).title).catch(() => "");
  const read = async () => {
    const { prompt, extra } = await fetchJob(id);
    const info = isObject(extra["extra_pnginfo"]) ? extra["extra_pnginfo"] : {};
    return { doc: await openJson(info["workflow"] ?? prompt, serverDefs()), file: { name: title === "" ? t("jobs.edit.name") : t("jobs.edit.nameOf", { name: title }) } };
  };
  const tab = await open({ name: t("jobs.edit.name"), origin: `edit:${id}`, read });
  if (tab !== null) put(tab, { job: id, title, status: "pending" });
}

/** Whether the run still waits. */
export async function look(tab: TabId): Promise<void> {
  const editing = editingStore.getState().tabs[tab];
  if (editing === undefined) return;
  try {
    const { status } = (await fetchJob(editing.job)).job;
    if (status !== editing.status) put(tab, { ...editing, status });
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) put(tab, { ...editing, status: "gone" });
  }
}

/** The workflow of the tab takes the run's place in the queue. */
export async function updateWaiting(tab: TabId): Promise<void> {
  const editing = editingStore.getState().tabs[tab];
  if (editing === undefined) return;
  const whole = wholeOf(tab);
  const { prompt, workflow } = compose(whole);
  try {
    const answer = await replaceJob(editing.job, { prompt, client_id: client.id, extra_data: { ...(editing.title === "" ? {} : { title: editing.title }), extra_pnginfo: { workflow } } });
    rememberJob(editing.job, { tab, nodes: Object.keys(prompt) });
    patchFile(tab, { savedDoc: whole, dirtyDraft: false });
    report(failures(isObject(answer["node_errors"]) ? answer["node_errors"] : {}));
    forgetFacts(editing.job);
    learn([editing.job]);
    toast.success(t("jobs.edit.updated"), { duration: 2500 });
  } catch (error) {
    refused(tab, error);
  } finally {
    void refreshJobs();
  }
}

function refused(tab: TabId, error: unknown): void {
  const status = error instanceof ServerError ? error.status : 0;
  if (status !== 409 && status !== 404) return explain(error);
  void look(tab);
  toast.error(t(status === 409 ? "jobs.edit.begun" : "jobs.edit.gone"), { description: t("jobs.edit.kept"), duration: 10_000, action: { label: t("jobs.edit.runNew"), onClick: () => runNew(tab) } });
}

/** What came too late goes into the queue as a run of its own. */
export function runNew(tab: TabId): void {
  goToTab(tab);
  endEditing(tab);
  void run();
}

/** Notices when a run that is being edited begins. */
export function watchEdited(): () => void {
  for (const tab of Object.keys(editingStore.getState().tabs)) void look(tab);
  return runtimeStore.subscribe((state, before) => {
    if (state.jobsVersion === before.jobsVersion) return;
    for (const [tab, { status }] of Object.entries(editingStore.getState().tabs)) if (status === "pending" && hasTab(tab)) void look(tab);
  });
}
