/** The list of runs as this browser tab knows it: filters, what is chosen, what is unfolded. */
import { create } from "zustand";

import { fetchJob, fetchJobList, fetchSent, type Job } from "@/api/jobs";
import { runtimeStore } from "@/runtime/store";

import { factsOf, isFound, type Facts } from "./facts";
import { passes, rowsOf, type Filter,  } from "./listing";

export interface JobsState {
  readonly jobs: readonly Job[];
  /** Ended runs that the server has, loaded or not. */
  readonly ended: number;
  readonly isLoaded: boolean;
  readonly hasFailed: boolean;
  readonly filter: Filter;
  readonly query: string;
  readonly chosen: ReadonlySet<string>;
  readonly anchor: string | null;
  /** Groups that are unfolded. */
  readonly open: ReadonlySet<string>;
  /** The run whose details are shown. */
  readonly shown: string | null;
  readonly facts: Readonly<Record<string, Facts>>;
  /** What was done, for those who do not see it. */
  readonly said: string;
}

const PAGE = 200;
const MOST_OPEN = 2000;

export const jobsStore = create<JobsState>()(() => ({
  ...{ jobs: [], ended: 0, isLoaded: false, hasFailed: false, filter: "all", query: "", chosen: new Set<string>(), anchor: null },
  ...{ open: new Set<string>(), shown: null, facts: {}, said: "" },
}));

let wanted = PAGE;
let isReading = false;
let isStale = false;

/** Reads the list; asked for again meanwhile, it reads once more and no oftener. */
export async function refreshJobs(): Promise<void> {
  isStale = true;
  if (isReading) return;
  isReading = true;
  try {
    while (isStale) {
      isStale = false;
      const [open, ended] = await Promise.all([
        fetchJobList({ statuses: ["pending", "in_progress"], limit: MOST_OPEN, order: "asc" }),
        fetchJobList({ statuses: ["completed", "failed", "cancelled"], limit: wanted }),
      ]);
      const known = new Set(open.jobs.map((job) => job.id));
      // A run that ended between the two answers is in both.
      const jobs = [...open.jobs, ...ended.jobs.filter((job) => !known.has(job.id))];
      jobsStore.setState(({ chosen }) => ({ jobs, ended: ended.total, isLoaded: true, hasFailed: false, chosen: stillThere(chosen, jobs) }));
    }
  } catch {
    jobsStore.setState({ hasFailed: true, isLoaded: true });
  } finally {
    isReading = false;
  }
}

function stillThere(chosen: ReadonlySet<string>, jobs: readonly Job[]): ReadonlySet<string> {
  if (chosen.size === 0) return chosen;
  const ids = new Set(jobs.map((job) => job.id));
  return new Set([...chosen].filter((id) => ids.has(id)));
}

/** The list was scrolled to its end. */
export function readMore(): void {
  const { jobs, ended } = jobsStore.getState();
  const loaded = jobs.filter((job) => job.status !== "pending" && job.status !== "in_progress").length;
  if (loaded >= ended || isReading) return;
  wanted = loaded + PAGE;
  void refreshJobs();
}

/** Follows the server as long as the list is open. */
export function followJobs(): () => void {
  void refreshJobs();
  return runtimeStore.subscribe((state, before) => {
    if (state.jobsVersion !== before.jobsVersion || (state.connection === "open" && before.connection !== "open")) void refreshJobs();
  });
}

const asked = new Set<string>();

/** The names and words of runs that are looked at. */
export function learn(ids: readonly string[]): void {
  for (const id of ids) {
    if (asked.has(id) || jobsStore.getState().facts[id] !== undefined) continue;
    asked.add(id);
    void fetchJob(id)
      .then(({ prompt, extra }) => jobsStore.setState(({ facts }) => ({ facts: { ...facts, [id]: factsOf(prompt, extra) } })))
      // It is gone, or the server is away: the row shows what it has, and asks again later.
      .catch(() => asked.delete(id));
  }
}

/** What a run that waits was changed to. */
export function forgetFacts(id: string): void {
  asked.delete(id);
  jobsStore.setState(({ facts }) => ({ facts: Object.fromEntries(Object.entries(facts).filter(([key]) => key !== id)) }));
}

const BATCH = 100;
let isLearning = false;

/** A search needs the words of all runs: they come in portions, newest first. */
export async function learnAll(): Promise<void> {
  if (isLearning) return;
  isLearning = true;
  try {
    learn(jobsStore.getState().jobs.filter((job) => job.status === "pending" || job.status === "in_progress").map((job) => job.id));
    for (let offset = 0; jobsStore.getState().query !== ""; offset += BATCH) {
      const { jobs, facts, ended } = jobsStore.getState();
      if (offset >= ended || jobs.every((job) => facts[job.id] !== undefined)) break;
      const sent = await fetchSent(BATCH, offset);
      if (sent.length === 0) break;
      const found = Object.fromEntries(sent.map(({ id, prompt, extra }) => [id, factsOf(prompt, extra)]));
      jobsStore.setState((state) => ({ facts: { ...state.facts, ...found } }));
    }
  } catch {
    // What was learnt so far is searched.
  } finally {
    isLearning = false;
  }
}

export function shownJobs({ jobs, filter, query, facts }: Pick<JobsState, "jobs" | "filter" | "query" | "facts">): readonly Job[] {
  return jobs.filter((job) => passes(job, filter) && isFound(facts[job.id], job.id, query));
}

export const say = (said: string): void => jobsStore.setState({ said });
export const waitingJobs = (): readonly Job[] => rowsOf(jobsStore.getState().jobs.filter((job) => job.status === "pending"), new Set()).flatMap((row) => (row.kind === "job" ? [row.job] : row.kind === "group" ? row.jobs : []));

export function toggle(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return set.has(key) ? new Set([...set].filter((item) => item !== key)) : new Set([...set, key]);
}
