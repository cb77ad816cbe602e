/** Runs as the rows of a list: what runs, what waits in its order, what is done; those that belong together as one. */
import type { Job, JobStatus } from "@/api/jobs";

export type Filter = "all" | "open" | "completed" | "failed" | "cancelled";
export const FILTERS: readonly Filter[] = ["all", "open", "completed", "failed", "cancelled"];

export type Section = "running" | "waiting" | "done";

export type Row =
  | { readonly kind: "head"; readonly key: Section; readonly count: number }
  | { readonly kind: "group"; readonly key: string; readonly jobs: readonly Job[]; readonly isOpen: boolean; readonly isSweep: boolean }
  | { readonly kind: "job"; readonly key: string; readonly job: Job; readonly isInside: boolean };

const SECTIONS: readonly { readonly key: Section; readonly statuses: readonly JobStatus[] }[] = [
  { key: "running", statuses: ["in_progress"] },
  { key: "waiting", statuses: ["pending"] },
  { key: "done", statuses: ["completed", "failed", "cancelled"] },
];

/** Runs that were asked for with one click come this close to each other, in milliseconds. */
const APART = 3000;

export const isOpenJob = ({ status }: Job): boolean => status === "pending" || status === "in_progress";

export function passes(job: Job, filter: Filter): boolean {
  if (filter === "all") return true;
  return filter === "open" ? isOpenJob(job) : job.status === filter;
}

/** Those that wait in the order in which they will run, all others newest first. */
export function ordered(jobs: readonly Job[]): Job[] {
  const waiting = jobs.filter((job) => job.status === "pending").sort((a, b) => a.priority - b.priority || a.create_time - b.create_time);
  const others = jobs.filter((job) => job.status !== "pending").sort((a, b) => b.create_time - a.create_time || b.priority - a.priority);
  return [...others.filter((job) => job.status === "in_progress"), ...waiting, ...others.filter((job) => job.status !== "in_progress")];
}

function belongTogether(a: Job, b: Job): boolean {
  if (a.sweep || b.sweep) return a.sweep?.id === b.sweep?.id;
  return (a.workflow_id ?? null) === (b.workflow_id ?? null) && Math.abs(a.create_time - b.create_time) <= APART;
}

/** Neighbours that belong together, each list at least one long. */
export function groups(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const found: Job[][] = [];
  for (const job of jobs) {
    const last = found[found.length - 1];
    const neighbour = last?.[last.length - 1];
    if (last !== undefined && neighbour !== undefined && belongTogether(neighbour, job)) last.push(job);
    else found.push([job]);
  }
  return found;
}

/** The same while runs come and go in the group: its oldest run is the last to leave the list. */
const groupKey = (jobs: readonly Job[], section: Section): string => {
  const oldest = jobs.reduce((first, job) => (job.create_time < first.create_time ? job : first));
  return `${section}:${oldest.sweep?.id ?? oldest.id}`;
};

export function rowsOf(jobs: readonly Job[], open: ReadonlySet<string>): Row[] {
  const all = ordered(jobs);
  return SECTIONS.flatMap(({ key: section, statuses }): Row[] => {
    const own = all.filter((job) => statuses.includes(job.status));
    if (own.length === 0) return [];
    // What runs is watched: each by itself.
    const rows = (section === "running" ? own.map((job) => [job]) : groups(own)).flatMap((group): Row[] => {
      const [only] = group;
      if (group.length === 1 && only !== undefined) return [{ kind: "job", key: only.id, job: only, isInside: false }];
      const key = groupKey(group, section);
      const isOpen = open.has(key);
      const inside = isOpen ? group.map((job): Row => ({ kind: "job", key: job.id, job, isInside: true })) : [];
      return [{ kind: "group", key, jobs: group, isOpen, isSweep: only?.sweep !== null && only?.sweep !== undefined }, ...inside];
    });
    return [{ kind: "head", key: section, count: own.length }, ...rows];
  });
}

/** The runs that a row stands for. */
export const jobsOfRow = (row: Row): readonly Job[] => (row.kind === "job" ? [row.job] : row.kind === "group" ? row.jobs : []);

/**
 * Where a waiting run goes when it is moved to the place `to` of the list: before another one, or behind the last.
 * Null: it stays where it is.
 */
export function moveOf(waiting: readonly Job[], id: string, to: number): { readonly before: string } | { readonly number: number } | null {
  const from = waiting.findIndex((job) => job.id === id);
  const rest = waiting.filter((job) => job.id !== id);
  const at = Math.max(0, Math.min(rest.length, to));
  if (from < 0 || at === from) return null;
  const next = rest[at];
  if (next !== undefined) return { before: next.id };
  return { number: Math.max(0, ...rest.map((job) => job.priority)) + 1 };
}

/** What was chosen, after a click on `id` that takes along all rows from `anchor`. */
export function chosenRange(rows: readonly Row[], anchor: string | null, id: string): ReadonlySet<string> {
  const keys = rows.map((row) => row.key);
  const [from, to] = [keys.indexOf(anchor ?? id), keys.indexOf(id)].sort((a, b) => a - b);
  return new Set(rows.slice(Math.max(0, from ?? 0), (to ?? 0) + 1).flatMap((row) => jobsOfRow(row).map((job) => job.id)));
}
