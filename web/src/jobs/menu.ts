/** What the menu of a row offers. */
import { ArrowDown, ArrowUp, ChartBarDecreasing, ClipboardCopy, ListStart, PencilLine, RotateCcw, Trash2, Workflow, X } from "lucide-react";

import type { Job } from "@/api/jobs";
import { t } from "@/i18n";
import { openProfile } from "@/profile/store";
import type { MenuItem } from "@/ui/PopupMenu";

import { cancel, copyApi, forget, openWorkflow, runAgain, runNext, stepWaiting } from "./actions";
import { editWaiting } from "./editing";
import { isOpenJob, jobsOfRow, type Row } from "./listing";

export function rowSections(row: Row): readonly (readonly MenuItem[])[] {
  if (row.kind === "job") return jobSections(row.job);
  const jobs = jobsOfRow(row);
  const open = jobs.filter(isOpenJob).map((job) => job.id);
  const ended = jobs.filter((job) => !isOpenJob(job)).map((job) => job.id);
  const waiting = jobs.filter((job) => job.status === "pending").map((job) => job.id);
  const first: MenuItem[] = [
    ...(jobs[0] === undefined ? [] : [{ id: "open", label: t("jobs.action.open"), Icon: Workflow, run: () => openWorkflow(jobs[0]?.id ?? "") }]),
    ...(waiting.length === 0 ? [] : [{ id: "next", label: t("jobs.action.next"), Icon: ListStart, run: () => void allNext(waiting) }]),
    ...(ended.length === 0 ? [] : [{ id: "again", label: t("jobs.action.again"), Icon: RotateCcw, run: () => void runAgain(ended) }]),
  ];
  const last: MenuItem[] = [
    ...(open.length === 0 ? [] : [{ id: "cancel", label: t("jobs.action.cancelSome", { count: open.length }), Icon: X, isDanger: true, run: () => void cancel(open) }]),
    ...(ended.length === 0 ? [] : [{ id: "delete", label: t("jobs.action.deleteSome", { count: ended.length }), Icon: Trash2, isDanger: true, run: () => void forget(ended) }]),
  ];
  return [first, last];
}

/** The last one goes first, so that they stay in their order. */
async function allNext(ids: readonly string[]): Promise<void> {
  for (const id of ids.toReversed()) await runNext(id);
}

function jobSections(job: Job): readonly (readonly MenuItem[])[] {
  const isWaiting = job.status === "pending";
  const see: MenuItem[] = [
    { id: "open", label: t("jobs.action.open"), Icon: Workflow, run: () => openWorkflow(job.id) },
    ...(isWaiting ? [{ id: "edit", label: t("jobs.action.edit"), Icon: PencilLine, run: () => void editWaiting(job.id) }] : []),
    { id: "copy", label: t("jobs.action.copyApi"), Icon: ClipboardCopy, run: () => void copyApi(job.id) },
    ...(isWaiting ? [] : [{ id: "profile", label: t("jobs.action.profile"), Icon: ChartBarDecreasing, run: () => openProfile(job.id) }]),
  ];
  const order: MenuItem[] = [
    { id: "next", label: t("jobs.action.next"), Icon: ListStart, run: () => void runNext(job.id) },
    { id: "up", label: t("jobs.action.up"), Icon: ArrowUp, run: () => stepWaiting(job.id, -1) },
    { id: "down", label: t("jobs.action.down"), Icon: ArrowDown, run: () => stepWaiting(job.id, 1) },
  ];
  const end: MenuItem[] = isOpenJob(job)
    ? [{ id: "cancel", label: t("jobs.action.cancel"), Icon: X, isDanger: true, run: () => void cancel([job.id]) }]
    : [
        { id: "again", label: t("jobs.action.again"), Icon: RotateCcw, run: () => void runAgain([job.id]) },
        { id: "delete", label: t("jobs.action.delete"), Icon: Trash2, isDanger: true, run: () => void forget([job.id]) },
      ];
  return [see, ...(isWaiting ? [order] : []), end];
}
