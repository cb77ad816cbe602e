/** What can be done with runs: cancel, delete, reorder, run again, look into. */
import { toast } from "sonner";

import { OfflineError, submit } from "@/api/client";
import { cancelJobs, cancelWaiting, fetchJob, forgetAllJobs, forgetJobs, moveBefore, moveTo, moveToFront, pauseQueue } from "@/api/jobs";
import { isObject, stringifyJson, type JsonObject } from "@/formats/json";
import { t } from "@/i18n";
import { freshUuid } from "@/model/uuid";
import { client } from "@/runtime/client";
import { explain } from "@/runtime/queue";
import { rememberJob, runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";
import { openJob } from "@/tabs/files";
import { tabStore } from "@/tabs/store";
import { copyText } from "@/ui/clipboard";

import { isOpenJob, moveOf } from "./listing";
import { jobsStore, refreshJobs, say, waitingJobs } from "./store";

/** Does it, reads the list anew, and says what went wrong if it did. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof OfflineError) toast.error(t("jobs.offline"));
    else toast.error(t("jobs.failedAction"), { description: error instanceof Error ? error.message : String(error) });
    return false;
  } finally {
    void refreshJobs();
  }
}

export async function cancel(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  if (await attempt(() => cancelJobs(ids))) say(t("jobs.said.cancelled", { count: ids.length }));
}

/** Runs that ended are forgotten, their pictures stay. */
export async function forget(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  if (await attempt(() => forgetJobs(ids))) say(t("jobs.said.deleted", { count: ids.length }));
}

/** Open runs are cancelled, ended ones deleted. */
export function remove(ids: readonly string[]): void {
  const chosen = new Set(ids);
  const own = jobsStore.getState().jobs.filter((job) => chosen.has(job.id));
  void cancel(own.filter(isOpenJob).map((job) => job.id));
  void forget(own.filter((job) => !isOpenJob(job)).map((job) => job.id));
}

export function askToClear(): void {
  const { ended } = jobsStore.getState();
  uiStore.setState({
    confirmation: { title: t("jobs.clear.title"), text: t("jobs.clear.text", { count: ended }), action: t("jobs.clear.yes"), onConfirm: () => void attempt(forgetAllJobs) },
  });
}

export function askToCancelAll(): void {
  const count = jobsStore.getState().jobs.filter(isOpenJob).length;
  const stop = async (): Promise<void> => {
    const running = jobsStore.getState().jobs.filter((job) => job.status === "in_progress").map((job) => job.id);
    await cancelWaiting();
    if (running.length > 0) await cancelJobs(running);
  };
  uiStore.setState({ confirmation: { title: t("jobs.cancelAll.title"), text: t("jobs.cancelAll.text", { count }), action: t("jobs.cancelAll.yes"), onConfirm: () => void attempt(stop) } });
}

export async function setPaused(isPaused: boolean): Promise<void> {
  if (!(await attempt(() => pauseQueue(isPaused)))) return;
  runtimeStore.setState({ isPaused });
  toast(t(isPaused ? "jobs.pausedNow" : "jobs.resumedNow"), { id: "paused", duration: 3000 });
}

export const togglePaused = (): Promise<void> => setPaused(!runtimeStore.getState().isPaused);

/** `to` is a place in the waiting list, from 0. */
export async function moveWaiting(id: string, to: number): Promise<void> {
  const waiting = waitingJobs();
  const move = moveOf(waiting, id, to);
  if (move === null) return;
  const place = Math.max(0, Math.min(waiting.length - 1, to)) + 1;
  const isDone = await attempt(() => ("before" in move ? moveBefore(id, move.before) : moveTo(id, move.number)));
  if (isDone) say(t("jobs.said.moved", { place, total: waiting.length }));
}

export function stepWaiting(id: string, step: number): void {
  const from = waitingJobs().findIndex((job) => job.id === id);
  if (from >= 0) void moveWaiting(id, from + step);
}

export async function runNext(id: string): Promise<void> {
  if (await attempt(() => moveToFront(id))) say(t("jobs.said.next"));
}

/** The same graph once more, seeds and all; its progress shows where that of the first showed. */
export async function runAgain(ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids) await again(id);
    toast(t("run.accepted", { count: ids.length }), { duration: 2000 });
  } catch (error) {
    explain(error);
  } finally {
    void refreshJobs();
  }
}

async function again(id: string): Promise<void> {
  const { prompt, extra } = await fetchJob(id);
  const { extra_pnginfo: info, ...rest } = extra;
  const workflow = isObject(info) && isObject(info["workflow"]) ? info["workflow"] : {};
  const fresh = freshUuid();
  const home = runtimeStore.getState().jobs[id]?.tab;
  if (home !== undefined && tabStore.getState().tabs.some((tab) => tab.id === home)) rememberJob(fresh, { tab: home, nodes: Object.keys(prompt) });
  await submit({ id: fresh, clientId: client.id, prompt, workflow, extra: withoutSweep(rest) });
}

/** One cell that is made again is no part of the sheet. */
const withoutSweep = (extra: JsonObject): JsonObject => Object.fromEntries(Object.entries(extra).filter(([key]) => key !== "sweep"));

export const openWorkflow = (id: string): void => void openJob(id);

export const copyApi = (id: string): Promise<boolean> => attempt(async () => copyText(stringifyJson((await fetchJob(id)).prompt, 2), t("jobs.copiedApi")));

export { refreshJobs };
