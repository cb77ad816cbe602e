/** The sheet of one sweep as this browser tab knows it: its axes, what became of each cell, how it is looked at. */
import { create } from "zustand";

import { type FileRef } from "@/api/client";
import { fetchCell, fetchRecentSweepJobs, fetchSweepJobs, type CellDetail, type CellJob } from "@/api/sweeps";
import { list, text as asText } from "@/formats/file";
import { isObject, type JsonObject } from "@/formats/json";
import { runtimeStore } from "@/runtime/store";

import { PLACES, readSweep, type Axis, type Place } from "./document";
import { cellsOf, gridOf, type Cell, type Grid } from "./grid";
import { labelOf } from "./spec";

export type CellStatus = "missing" | "sending" | CellJob["status"];

export interface CellState {
  readonly status: CellStatus;
  readonly job: string | null;
  readonly seconds: number | null;
  readonly error: string | null;
  /** Null until they were asked for. */
  readonly pictures: Readonly<Record<string, readonly FileRef[]>> | null;
}

export const MISSING: CellState = { status: "missing", job: null, seconds: null, error: null, pictures: null };

export interface SheetEntry {
  readonly id: string;
  readonly title: string;
  /** When its first run was queued, in ms. */
  readonly time: number;
  readonly count: number;
  readonly done: number;
}

export interface SheetState {
  readonly id: string | null;
  readonly title: string;
  readonly axes: readonly Axis[];
  /** The cells by the place where the runs have them. */
  readonly cells: Readonly<Record<string, CellState>>;
  readonly isLoaded: boolean;
  readonly problem: string | null;
  /** Where the axes lie as one looks at them. */
  readonly places: readonly Place[];
  /** Labels of rows and columns that are out of sight. */
  readonly hidden: ReadonlySet<string>;
  readonly sheet: number;
  /** The node whose pictures are shown; null is the first that has some. */
  readonly output: string | null;
  readonly titles: Readonly<Record<string, string>>;
  readonly history: readonly SheetEntry[] | null;
}

const EMPTY: SheetState = {
  ...{ id: null, title: "", axes: [], cells: {}, isLoaded: false, problem: null, places: [], hidden: new Set<string>(), sheet: 0 },
  ...{ output: null, titles: {}, history: null },
};

export const sheetStore = create<SheetState>()(() => EMPTY);

export const cellKey = ({ row, column }: Pick<Cell, "row" | "column">): string => `${row}/${column}`;

/** The axes as they were when the runs were made. */
export function readAxes(sweep: JsonObject): readonly Axis[] {
  return list(sweep["axes"]).filter(isObject).flatMap((raw) => {
    const [read] = readSweep({ ...raw, node: raw["at"] ?? raw["node"] ?? "", key: raw["key"] ?? raw["input"] ?? "" });
    const values = list(raw["values"]);
    const labels = values.map((value, i) => (typeof list(raw["labels"])[i] === "string" ? asText(list(raw["labels"])[i]) : labelOf(value)));
    const place = PLACES.find((name) => name === raw["place"]) ?? "columns";
    const base = read ?? { page: null, node: asText(raw["node"]), key: asText(raw["input"]), spec: { kind: "list" as const, values }, place };
    return [{ ...base, id: asText(raw["node"]), input: asText(raw["input"]), title: asText(raw["title"]), values, labels, place }];
  });
}

/** The grid in which the runs count rows and columns. */
export const originalGrid = (axes: readonly Axis[]): Grid => gridOf(axes);

const originalCells = (axes: readonly Axis[]): readonly Cell[] => cellsOf(originalGrid(axes));

export function startSheet(id: string, title: string, axes: readonly Axis[], titles: Readonly<Record<string, string>>): void {
  const cells = Object.fromEntries(originalCells(axes).map((cell) => [cellKey(cell), { ...MISSING, status: "sending" as const }]));
  sheetStore.setState({ ...EMPTY, id, title, axes, cells, titles, isLoaded: true, places: axes.map((axis) => axis.place), history: sheetStore.getState().history });
}

export function patchCell(id: string, cell: Pick<Cell, "row" | "column">, change: Partial<CellState>): void {
  sheetStore.setState((state) => (state.id === id ? { cells: { ...state.cells, [cellKey(cell)]: { ...(state.cells[cellKey(cell)] ?? MISSING), ...change } } } : {}));
}

/** What a run says of its cell; pictures that are known stay. */
function cellFrom(job: CellJob, before: CellState): CellState {
  const { execution_start_time: began, execution_end_time: ended, execution_error: error } = job;
  const seconds = typeof began === "number" && typeof ended === "number" ? (ended - began) / 1000 : null;
  const isSame = before.job === job.id;
  return { status: job.status, job: job.id, seconds, error: error?.exception_message?.trim() ?? null, pictures: isSame ? before.pictures : null };
}

type Cells = Readonly<Record<string, CellState>>;

/**
 * The newest run of each cell counts, whatever became of those before. A cell that was sent after the list was `asked`
 * for is not in it; one whose run was known by then and is not in the list was taken out of the queue.
 */
export function cellsFrom(jobs: readonly CellJob[], now: Cells, asked: Cells = now): Cells {
  const cells: Record<string, CellState> = { ...now };
  const newest = new Map<string, CellJob>();
  for (const job of jobs) newest.set(cellKey(job.sweep), job);
  for (const [key, state] of Object.entries(now)) {
    const job = newest.get(key);
    if (state.job !== (asked[key]?.job ?? null) && job?.id !== state.job) continue;
    if (job !== undefined) cells[key] = cellFrom(job, state);
    else if (state.job !== null) cells[key] = MISSING;
  }
  return cells;
}

const AT_ONCE = 4;
const details = new Map<string, CellDetail>();

/** What a run was and made; asked for once it has ended. */
async function detailOf(job: string, hasEnded: boolean): Promise<CellDetail> {
  const known = details.get(job);
  if (known !== undefined) return known;
  const found = await fetchCell(job);
  if (hasEnded) details.set(job, found);
  return found;
}

export const sweepOf = ({ extra }: CellDetail): JsonObject => (isObject(extra["sweep"]) ? extra["sweep"] : {});

function titlesIn(prompt: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(prompt).filter((entry): entry is [string, JsonObject] => isObject(entry[1])).map(([id, node]) => {
      const meta = node["_meta"];
      return [id, (isObject(meta) ? asText(meta["title"]) : "") || asText(node["class_type"])];
    }),
  );
}

let wanted: string | null = null;
let isReading = false;
let isStale = false;

/** Reads the runs of the sheet; asked for again meanwhile, it reads once more and no oftener. */
export async function refreshSheet(): Promise<void> {
  isStale = true;
  if (isReading) return;
  isReading = true;
  try {
    while (isStale && wanted !== null) {
      isStale = false;
      await read(wanted);
    }
  } catch (error) {
    sheetStore.setState({ problem: error instanceof Error ? error.message : String(error), isLoaded: true });
  } finally {
    isReading = false;
  }
}

async function read(id: string): Promise<void> {
  const asked = sheetStore.getState().cells;
  const jobs = await fetchSweepJobs(id);
  if (wanted !== id) return;
  const isSame = sheetStore.getState().id === id;
  if (!isSame) await open(id, jobs);
  const state = sheetStore.getState();
  if (state.id !== id) return;
  sheetStore.setState({ cells: cellsFrom(jobs, state.cells, isSame ? asked : state.cells), problem: null, isLoaded: true });
  await readPictures(id);
}

async function open(id: string, jobs: readonly CellJob[]): Promise<void> {
  const first = jobs[0];
  if (first === undefined) return sheetStore.setState({ ...EMPTY, id, isLoaded: true, history: sheetStore.getState().history });
  const detail = await detailOf(first.id, first.status !== "pending" && first.status !== "in_progress");
  if (wanted !== id) return;
  const sweep = sweepOf(detail);
  const axes = readAxes(sweep);
  const cells = Object.fromEntries(originalCells(axes).map((cell) => [cellKey(cell), MISSING]));
  const { history } = sheetStore.getState();
  sheetStore.setState({ ...EMPTY, id, title: asText(sweep["title"]), axes, cells, titles: titlesIn(detail.prompt), places: axes.map((axis) => axis.place), history });
}

async function readPictures(id: string): Promise<void> {
  const waiting = Object.entries(sheetStore.getState().cells).filter(([, cell]) => cell.status === "completed" && cell.job !== null && cell.pictures === null);
  for (let i = 0; i < waiting.length; i += AT_ONCE)
    await Promise.all(
      waiting.slice(i, i + AT_ONCE).map(async ([key, cell]) => {
        const detail = cell.job === null ? null : await detailOf(cell.job, true).catch(() => null);
        if (detail === null) return;
        sheetStore.setState((state) => {
          const now = state.cells[key];
          return state.id !== id || now === undefined || now.job !== cell.job ? {} : { cells: { ...state.cells, [key]: { ...now, pictures: detail.pictures } } };
        });
      }),
    );
}

/** Follows the server as long as the sheet is open. */
export function followSheet(id: string | null): () => void {
  wanted = id;
  if (id !== null) void refreshSheet();
  void refreshHistory();
  return runtimeStore.subscribe((state, before) => {
    if (state.jobsVersion !== before.jobsVersion || (state.connection === "open" && before.connection !== "open")) void refreshSheet();
  });
}

export function entriesFrom(jobs: readonly CellJob[]): readonly SheetEntry[] {
  const found = new Map<string, { title: string; time: number; cells: Map<string, boolean> }>();
  for (const job of jobs) {
    const entry = found.get(job.sweep.id) ?? { title: job.sweep.title, time: job.create_time, cells: new Map<string, boolean>() };
    entry.time = Math.min(entry.time, job.create_time);
    const key = cellKey(job.sweep);
    entry.cells.set(key, entry.cells.get(key) === true || job.status === "completed");
    found.set(job.sweep.id, entry);
  }
  return [...found].map(([id, { title, time, cells }]) => ({ id, title, time, count: cells.size, done: [...cells.values()].filter(Boolean).length })).sort((a, b) => b.time - a.time);
}

export async function refreshHistory(): Promise<void> {
  try {
    sheetStore.setState({ history: entriesFrom(await fetchRecentSweepJobs()) });
  } catch {
    // The sheet says by itself when the server is away.
  }
}

/** A picture of a cell: of the node that was chosen, or of the first that has one. */
export function picturesOf(cell: CellState, output: string | null): readonly FileRef[] {
  if (cell.pictures === null) return [];
  return (output === null ? undefined : cell.pictures[output]) ?? (output === null ? saved(cell.pictures) : []);
}

/** What is saved says more than what is only looked at. */
function saved(pictures: Readonly<Record<string, readonly FileRef[]>>): readonly FileRef[] {
  const all = Object.values(pictures);
  return all.find((files) => files.some((file) => file.type === "output")) ?? all[0] ?? [];
}

/** The nodes that show something in any cell. */
export function outputsOf(cells: Readonly<Record<string, CellState>>): readonly string[] {
  return [...new Set(Object.values(cells).flatMap((cell) => Object.keys(cell.pictures ?? {})))];
}

