/** A sheet leaves the program: as one picture with its workflow in it, and as a table. */
import { toast } from "sonner";

import { viewUrl, type FileRef } from "@/api/client";
import { uploadFile } from "@/api/uploads";
import { stringifyJson } from "@/formats/json";
import { writeDocument } from "@/formats/ui04";
import { t } from "@/i18n";
import { jobsChanged } from "@/runtime/events";
import { serverDefs } from "@/session/store";
import { saveBlob } from "@/ui/textFile";

import { csvOf } from "./csv";
import { drawSheet } from "./drawing";
import { joined } from "./grid";
import { withPngText } from "./pngText";
import { docOfCell } from "./run";
import { cellKey, MISSING, originalGrid, picturesOf, sheetStore } from "./sheet";
import { shownOf } from "./shown";
import { withSheet } from "./use";

const NAME = "sweep";

/** When it was made says which is which. */
function fileName(ending: string): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${NAME}_${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.${ending}`;
}

async function pictureAt(file: FileRef | undefined): Promise<ImageBitmap | null> {
  if (file === undefined) return null;
  const response = await fetch(viewUrl(file)).catch(() => null);
  return response?.ok === true ? createImageBitmap(await response.blob()) : null;
}

/** The sheet as one looks at it: what is hidden is left out. */
async function sheetPng(): Promise<Blob> {
  const state = sheetStore.getState();
  const { grid, columns, rows, cells } = shownOf(state);
  const sheet = grid.sheets[Math.min(state.sheet, grid.sheets.length - 1)]?.label ?? "";
  const pictures = await Promise.all(cells.map((row) => Promise.all(row.map((cell) => pictureAt(picturesOf(state.cells[cellKey(cell)] ?? MISSING, state.output)[0])))));
  const blob = await drawSheet({ title: joined(state.title, sheet), columns: columns.map((line) => line.label), rows: rows.map((line) => line.label), pictures });
  const doc = await docOfCell({ at: state.axes.map(() => 0) });
  if (doc === null || state.id === null) return blob;
  const workflow = writeDocument(withSheet(doc, state.axes, state.id), serverDefs());
  return new Blob([new Uint8Array(withPngText(new Uint8Array(await blob.arrayBuffer()), "workflow", stringifyJson(workflow)))], { type: "image/png" });
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    toast.error(t("sweeps.export.failed"), { description: error instanceof Error ? error.message : String(error) });
  }
}

export const downloadPng = (): Promise<void> => attempt(async () => saveBlob(fileName("png"), await sheetPng()));

export const savePng = (): Promise<void> =>
  attempt(async () => {
    const name = await uploadFile(new File([await sheetPng()], fileName("png"), { type: "image/png" }), { folder: "output", subfolder: "sweeps" });
    jobsChanged();
    toast.success(t("sweeps.export.saved", { name: name.replace(/ \[output\]$/, "") }));
  });

export function downloadCsv(): void {
  const { axes, cells, output } = sheetStore.getState();
  saveBlob(fileName("csv"), new Blob([csvOf(axes, originalGrid(axes), cells, output)], { type: "text/csv" }));
}
