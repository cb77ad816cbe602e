/** A sweep is queued: a run for each cell, in the order in which they share the most work. */
import { toast } from "sonner";

import { ServerError, submit } from "@/api/client";
import { fetchCell, type CellDetail } from "@/api/sweeps";
import { cancelJobs } from "@/api/jobs";
import { serverDefs, sessionStore } from "@/session/store";
import { isObject, type JsonObject } from "@/formats/json";
import { openJson } from "@/formats/open";
import { t } from "@/i18n";
import { currentTab, currentWhole } from "@/model/document";
import { freshUuid } from "@/model/uuid";
import type { Doc } from "@/model/types";
import { seeded } from "@/runtime/chance";
import { client } from "@/runtime/client";
import { compose, explain, moveSeeds, send } from "@/runtime/queue";
import { rememberJob } from "@/runtime/store";
import { uiStore } from "@/session/ui";

import { cellDoc } from "./cells";
import { costsOf, type Prompt } from "./cost";
import { axesOf, type Axis } from "./document";
import { cellsOf, countOf, gridOf, inOrder, joined, product, sweepExtra, type Cell, type Grid } from "./grid";
import { cellKey, MISSING, originalGrid, patchCell, refreshHistory, refreshSheet, sheetStore, startSheet, sweepOf } from "./sheet";
import { rememberSheet, showSheet } from "./view";

/** More runs than this are asked about. */
const MANY = 50;

interface Plan {
  readonly whole: Doc;
  readonly axes: readonly Axis[];
  readonly grid: Grid;
  /** Alternatives in texts are chosen alike in all cells. */
  readonly seed: number;
}

function promptOf({ whole, axes, seed }: Plan, at: readonly number[]): Prompt {
  return compose(cellDoc(whole, serverDefs(), axes, { at }), { random: seeded(seed) }).prompt as unknown as Prompt;
}

/** What changing each axis costs, found by changing it. */
function costs(plan: Plan): readonly number[] {
  const first = plan.axes.map(() => 0);
  const base = promptOf(plan, first);
  return costsOf(base, plan.axes.map((axis, i) => (axis.values.length < 2 ? base : promptOf(plan, first.map((n, j) => (j === i ? 1 : n))))));
}

/** Asks when there are many. */
export function runSweep(): void {
  const axes = axesOf(currentWhole(), serverDefs());
  const count = countOf(axes);
  if (count === 0) return void toast.info(t("sweeps.none"));
  if (count <= MANY) return void queue(axes);
  uiStore.setState({ confirmation: { title: t("sweeps.many.title", { count }), text: t("sweeps.many.text", { product: product(axes), count }), action: t("sweeps.many.yes", { count }), onConfirm: () => void queue(axes) } });
}

async function queue(axes: readonly Axis[]): Promise<void> {
  const plan: Plan = { whole: currentWhole(), axes, grid: gridOf(axes), seed: Date.now() };
  const id = freshUuid();
  const title = joined(sessionStore.getState().name, axes.map((axis) => axis.title).join(" × "));
  const tab = currentTab();
  const cells = inOrder(cellsOf(plan.grid), costs(plan));
  startSheet(id, title, axes, titlesOf(promptOf(plan, axes.map(() => 0))));
  rememberSheet(tab, id);
  showSheet(id);
  const isSent = await sendAll(plan, cells, { id, title, tab });
  // A workflow in another tab keeps its seeds: only the one in front can move them on.
  if (isSent && currentTab() === tab) moveSeeds();
  void refreshSheet();
  void refreshHistory();
}

const titlesOf = (prompt: Prompt): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(prompt as unknown as Record<string, JsonObject>).map(([id, node]) => [id, isObject(node["_meta"]) ? String(node["_meta"]["title"]) : id]));

interface Sheet {
  readonly id: string;
  readonly title: string;
  readonly tab: string;
}

/** Whether any cell was taken. What the server refuses is said in its cell; without a server nothing more is sent. */
async function sendAll(plan: Plan, cells: readonly Cell[], { id, title, tab }: Sheet): Promise<boolean> {
  let [taken, refusal] = [0, null as ServerError | null];
  for (const [i, cell] of cells.entries()) {
    if (stopped.has(id)) break;
    try {
      const extra = { sweep: sweepExtra(id, title, plan.axes, plan.grid, cell) };
      const sent = await send(cellDoc(plan.whole, serverDefs(), plan.axes, cell), { extra, tab, convert: { random: seeded(plan.seed) } });
      patchCell(id, cell, { status: "pending", job: sent.id });
      taken += 1;
    } catch (error) {
      if (!(error instanceof ServerError)) {
        giveUp(id, cells.slice(i));
        explain(error, tab);
        return taken > 0;
      }
      refusal ??= error;
      patchCell(id, cell, { status: "failed", error: error.message });
    }
  }
  if (stopped.has(id)) giveUp(id, cells);
  if (refusal !== null) explain(refusal, tab);
  return taken > 0;
}

function giveUp(id: string, cells: readonly Cell[]): void {
  for (const cell of cells) if (sheetStore.getState().cells[cellKey(cell)]?.status === "sending") patchCell(id, cell, { status: "missing" });
}

/** Sheets whose cells are not sent any more. */
const stopped = new Set<string>();

/** Waiting cells are taken out of the queue, the one that runs is stopped; what is done stays. */
export async function cancelRest(): Promise<void> {
  const { id, cells } = sheetStore.getState();
  if (id === null) return;
  stopped.add(id);
  const open = Object.values(cells).flatMap((cell) => (cell.job !== null && (cell.status === "pending" || cell.status === "in_progress") ? [cell.job] : []));
  try {
    if (open.length > 0) await cancelJobs(open);
    toast(t("sweeps.cancelled", { count: open.length }), { duration: 2500 });
  } catch (error) {
    explain(error);
  }
  void refreshSheet();
}

/** Cells that failed, were cancelled or never sent. */
export function unfinished(): readonly Cell[] {
  const { axes, cells } = sheetStore.getState();
  return cellsOf(originalGrid(axes)).filter((cell) => ["failed", "cancelled", "missing"].includes((cells[cellKey(cell)] ?? MISSING).status));
}

/** Any run of the sheet knows the workflow of all. */
async function anyDetail(): Promise<CellDetail | null> {
  const job = Object.values(sheetStore.getState().cells).find((cell) => cell.job !== null)?.job ?? null;
  return job === null ? null : fetchCell(job);
}

const workflowOf = ({ extra, prompt }: CellDetail): JsonObject => {
  const info = extra["extra_pnginfo"];
  return isObject(info) && isObject(info["workflow"]) ? info["workflow"] : prompt;
};

/** The workflow of a sheet, with the values of a cell. */
export async function docOfCell(cell: Pick<Cell, "at">): Promise<Doc | null> {
  const detail = await anyDetail();
  return detail === null ? null : cellDoc(await openJson(workflowOf(detail), serverDefs()), serverDefs(), sheetStore.getState().axes, cell);
}

/** Makes cells again, under the same sheet. */
export async function runAgain(cells: readonly Cell[]): Promise<void> {
  const { id, title, axes } = sheetStore.getState();
  if (id === null) return;
  stopped.delete(id);
  try {
    for (const cell of cells) await again(id, title, axes, cell);
  } catch (error) {
    explain(error);
  }
  void refreshSheet();
}

async function again(id: string, title: string, axes: readonly Axis[], cell: Cell): Promise<void> {
  const { job } = sheetStore.getState().cells[cellKey(cell)] ?? MISSING;
  if (job !== null) return resubmit(id, cell, await fetchCell(job));
  const doc = (await docOfCell(cell)) ?? cellDoc(currentWhole(), serverDefs(), axes, cell);
  const sent = await send(doc, { extra: { sweep: sweepExtra(id, title, axes, originalGrid(axes), cell) } });
  patchCell(id, cell, { status: "pending", job: sent.id, error: null, seconds: null, pictures: null });
}

/** The same graph once more, with all that it was sent with. */
async function resubmit(id: string, cell: Cell, { prompt, extra }: CellDetail): Promise<void> {
  const job = freshUuid();
  rememberJob(job, { tab: currentTab(), nodes: Object.keys(prompt) });
  await submit({ id: job, clientId: client.id, prompt, workflow: workflowOf({ prompt, extra, pictures: {} }), extra: { ...extra, sweep: { ...sweepOf({ prompt, extra, pictures: {} }), row: cell.row, column: cell.column } } });
  patchCell(id, cell, { status: "pending", job, error: null, seconds: null, pictures: null });
}
