/** A sheet as a table for other programs: a line for each cell. */
import type { Axis } from "./document";
import { cellsOf, valuesIn, type Grid } from "./grid";
import { cellKey, MISSING, picturesOf, type CellState } from "./sheet";
import { labelOf } from "./spec";

const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Values of the axes, what became of the cell, how long it took, its first picture. */
export function csvOf(axes: readonly Axis[], grid: Grid, cells: Readonly<Record<string, CellState>>, output: string | null): string {
  const head = [...axes.map((axis) => axis.title), "status", "seconds", "file"];
  const lines = cellsOf(grid).map((cell) => {
    const state = cells[cellKey(cell)] ?? MISSING;
    const file = picturesOf(state, output)[0];
    const path = file === undefined ? "" : [file.subfolder, file.filename].filter((part) => part !== "").join("/");
    return [...valuesIn(axes, cell).map(labelOf), state.status, state.seconds === null ? "" : state.seconds.toFixed(3), path];
  });
  return `${[head, ...lines].map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;
}
