import { expect, it } from "vitest";

import { costOf, costsOf, touched, type Prompt } from "@/sweeps/cost";
import type { Place } from "@/sweeps/document";
import { cellAt, cellsOf, countOf, gridOf, inOrder, placeOf, product, rowLabels, type Side } from "@/sweeps/grid";
import { lineKey, shownOf } from "@/sweeps/shown";
import { zoomed } from "@/sweeps/zoom";

const axis = (title: string, count: number, place: Place): Side => ({ title, place, values: Array.from({ length: count }, (_none, i) => i), labels: Array.from({ length: count }, (_none, i) => `${title}${i}`) });

it("makes one row of one sweep, a grid of two and sheets of three", () => {
  expect(cellsOf(gridOf([axis("a", 3, "columns")]))).toHaveLength(3);
  const two = gridOf([axis("a", 3, "columns"), axis("b", 2, "rows")]);
  expect([two.columns.length, two.rows.length, two.sheets.length]).toEqual([3, 2, 1]);
  const three = gridOf([axis("a", 3, "columns"), axis("b", 2, "rows"), axis("c", 2, "sheets")]);
  expect(cellsOf(three)).toHaveLength(12);
  expect(rowLabels(three)).toEqual(["c0 · b0", "c0 · b1", "c1 · b0", "c1 · b1"]);
  expect(cellAt(three, 3, 2).at).toEqual([2, 1, 1]);
});

it("joins the labels of sweeps that share a side", () => {
  const grid = gridOf([axis("a", 2, "columns"), axis("b", 2, "columns")]);
  expect(grid.columns.map((line) => line.label)).toEqual(["a0 · b0", "a0 · b1", "a1 · b0", "a1 · b1"]);
  expect(grid.rows.map((line) => line.label)).toEqual([""]);
});

it("counts the runs", () => {
  expect(product([axis("a", 4, "columns"), axis("b", 5, "rows")])).toBe("4 × 5 = 20");
  expect(product([axis("a", 4, "columns")])).toBe("4");
  expect(countOf([])).toBe(0);
});

/** 1 loads, 2 encodes, 3 samples, 4 decodes, 5 saves. */
const prompt = (values: { readonly text?: string; readonly cfg?: number; readonly prefix?: string } = {}): Prompt => ({
  "1": { class_type: "Loader", inputs: { file: "a" } },
  "2": { class_type: "Encode", inputs: { clip: ["1", 1], text: values.text ?? "x" } },
  "3": { class_type: "Sampler", inputs: { model: ["1", 0], positive: ["2", 0], cfg: values.cfg ?? 7 } },
  "4": { class_type: "Decode", inputs: { samples: ["3", 0] } },
  "5": { class_type: "Save", inputs: { images: ["4", 0], prefix: values.prefix ?? "p" } },
});

it("knows which nodes run again when a value changes", () => {
  expect(touched(prompt(), prompt({ cfg: 8 }))).toEqual(["3"]);
  expect(costOf(prompt(), ["3"])).toBe(3);
  expect(costOf(prompt(), ["1"])).toBe(5);
  expect(costsOf(prompt(), [prompt({ text: "y" }), prompt({ prefix: "q" }), prompt({ cfg: 1 })])).toEqual([4, 1, 3]);
});

it("changes the axis furthest downstream fastest, whichever way the axes lie", () => {
  const grid = gridOf([axis("cfg", 2, "columns"), axis("text", 2, "rows")]);
  const order = inOrder(cellsOf(grid), [3, 4]).map((cell) => cell.at);
  expect(order).toEqual([[0, 0], [1, 0], [0, 1], [1, 1]]);
  const other = inOrder(cellsOf(grid), [4, 3]).map((cell) => cell.at);
  expect(other).toEqual([[0, 0], [0, 1], [1, 0], [1, 1]]);
});

it("lays the axes otherwise without losing a run's place", () => {
  const axes = [axis("a", 3, "columns"), axis("b", 2, "rows")];
  const original = gridOf(axes);
  const sides = axes.map((side) => ({ ...side, page: null, node: "1", key: "k", id: "1", input: "k", spec: { kind: "list" as const, values: [] } }));
  const turned = shownOf({ axes: sides, places: ["rows", "columns"], hidden: new Set(), sheet: 0 });
  expect(turned.columns.map((line) => line.label)).toEqual(["b0", "b1"]);
  expect(turned.cells[2]?.[1]).toMatchObject({ row: 1, column: 2, at: [2, 1] });
  for (const cell of cellsOf(original)) expect(placeOf(original, cell.at)).toEqual({ row: cell.row, column: cell.column });
  const first = turned.columns[0];
  const hidden = new Set(first === undefined ? [] : [lineKey("columns", first)]);
  expect(shownOf({ axes: sides, places: ["rows", "columns"], hidden, sheet: 0 }).cells[0]).toHaveLength(1);
});

it("zooms about the spot under the pointer, and not beyond the picture", () => {
  const once = zoomed({ scale: 1, x: 50, y: 50 }, 2, { x: 0, y: 100 });
  expect(once).toEqual({ scale: 2, x: 0, y: 100 });
  const twice = zoomed({ scale: 2, x: 50, y: 50 }, 2, { x: 75, y: 50 });
  // The point at 62.5 % of the picture was seen at 75 % and still is.
  expect(twice.x + (62.5 - twice.x) * twice.scale).toBeCloseTo(75);
  expect(zoomed(once, 0.1, { x: 0, y: 0 })).toEqual({ scale: 1, x: 50, y: 50 });
});
