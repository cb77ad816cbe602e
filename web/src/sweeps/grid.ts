/** The grid of a sweep: which values meet in which cell, and in what order the cells are made. */
import type { Json, JsonObject } from "@/formats/json";

import { writeSweep, type Axis, type Place } from "./document";

/** What the grid needs of an axis. */
export type Side = Pick<Axis, "title" | "values" | "labels" | "place">;

/** One row, column or sheet: a value of each axis that lies along it. */
export interface Line {
  readonly label: string;
  /** Index of the value by number of the axis; -1 for axes that lie along another place. */
  readonly at: readonly number[];
}

export type Grid = Readonly<Record<Place, readonly Line[]>>;

/** Rows of all sheets are counted through, as the server knows rows and columns only. */
export interface Cell {
  readonly row: number;
  readonly column: number;
  /** Index of the value of each axis. */
  readonly at: readonly number[];
}

const none = (axes: readonly Side[]): readonly number[] => axes.map(() => -1);

function linesAlong(axes: readonly Side[], place: Place): readonly Line[] {
  let lines: readonly Line[] = [{ label: "", at: none(axes) }];
  axes.forEach((axis, i) => {
    if (axis.place !== place) return;
    lines = lines.flatMap((line) => axis.values.map((_value, k) => ({ label: joined(line.label, axis.labels[k] ?? ""), at: line.at.map((n, j) => (j === i ? k : n)) })));
  });
  return lines;
}

export const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" · ");

export const gridOf = (axes: readonly Side[]): Grid => ({ columns: linesAlong(axes, "columns"), rows: linesAlong(axes, "rows"), sheets: linesAlong(axes, "sheets") });

export const countOf = (axes: readonly Side[]): number => axes.reduce((product, axis) => product * axis.values.length, axes.length === 0 ? 0 : 1);

const merged = (...lines: readonly (Line | undefined)[]): readonly number[] => (lines[0]?.at ?? []).map((_n, i) => Math.max(...lines.map((line) => line?.at[i] ?? -1)));

export function cellAt({ columns, rows, sheets }: Grid, row: number, column: number): Cell {
  return { row, column, at: merged(columns[column], rows[row % rows.length], sheets[Math.floor(row / rows.length)]) };
}

export function cellsOf(grid: Grid): readonly Cell[] {
  const all = grid.rows.length * grid.sheets.length;
  return Array.from({ length: all }, (_none, row) => grid.columns.map((_line, column) => cellAt(grid, row, column))).flat();
}

/** Where the values of a cell stand when the axes lie otherwise. */
export function placeOf(grid: Grid, at: readonly number[]): { readonly row: number; readonly column: number } {
  const find = (lines: readonly Line[]): number => Math.max(0, lines.findIndex((line) => line.at.every((n, i) => n === -1 || n === at[i])));
  return { column: find(grid.columns), row: find(grid.sheets) * grid.rows.length + find(grid.rows) };
}

/** The axis that costs least to change changes fastest: what comes before it is computed once for all of its values. */
export function inOrder(cells: readonly Cell[], costs: readonly number[]): readonly Cell[] {
  // Of two that cost the same the later one is the faster.
  const slowFirst = costs.map((cost, i) => ({ cost, i })).sort((a, b) => b.cost - a.cost || a.i - b.i);
  return [...cells].sort((a, b) => {
    for (const { i } of slowFirst) if (a.at[i] !== b.at[i]) return (a.at[i] ?? 0) - (b.at[i] ?? 0);
    return 0;
  });
}

export const rowLabels = ({ rows, sheets }: Grid): readonly string[] => sheets.flatMap((sheet) => rows.map((row) => joined(sheet.label, row.label)));

export const valuesIn = (axes: readonly Pick<Axis, "values">[], cell: Pick<Cell, "at">): readonly Json[] => axes.map((axis, i) => axis.values[cell.at[i] ?? 0] ?? null);

/** What travels with a run, so that its sheet is found again. */
export function sweepExtra(id: string, title: string, axes: readonly Axis[], grid: Grid, { row, column }: Cell): JsonObject {
  return {
    ...{ id, title, row, column },
    rows: [...rowLabels(grid)],
    columns: grid.columns.map((line) => line.label),
    axes: axes.map((axis) => ({ ...writeSweep(axis), node: axis.id, at: axis.node, input: axis.input, title: axis.title, values: [...axis.values], labels: [...axis.labels] })),
  };
}

/** The counter: "4 × 5 = 20". */
export function product(axes: readonly Side[]): string {
  const factors = axes.map((axis) => axis.values.length);
  return factors.length < 2 ? String(countOf(axes)) : `${factors.join(" × ")} = ${countOf(axes)}`;
}
