/** The part of a sheet that one looks at: one sheet of it, its axes laid as wished, without what is hidden. */
import { cellAt, gridOf, placeOf, type Cell, type Grid, type Line } from "./grid";
import { originalGrid, type SheetState } from "./sheet";

export interface Shown {
  readonly grid: Grid;
  readonly columns: readonly Line[];
  readonly rows: readonly Line[];
  /** By row, then by column, each with its place among the runs. */
  readonly cells: readonly (readonly Cell[])[];
}

export const lineKey = (side: "columns" | "rows", { at }: Line): string => `${side}:${at.join(",")}`;

export function shownOf({ axes, places, hidden, sheet }: Pick<SheetState, "axes" | "places" | "hidden" | "sheet">): Shown {
  const original = originalGrid(axes);
  const grid = gridOf(axes.map((axis, i) => ({ ...axis, place: places[i] ?? axis.place })));
  const number = Math.min(sheet, grid.sheets.length - 1);
  const shown = (side: "columns" | "rows"): readonly (readonly [Line, number])[] => grid[side].map((line, i) => [line, i] as const).filter(([line]) => !hidden.has(lineKey(side, line)));
  const [columns, rows] = [shown("columns"), shown("rows")];
  const cells = rows.map(([, y]) =>
    columns.map(([, x]) => {
      const { at } = cellAt(grid, number * grid.rows.length + y, x);
      return { ...placeOf(original, at), at };
    }),
  );
  return { grid, columns: columns.map(([line]) => line), rows: rows.map(([line]) => line), cells };
}
