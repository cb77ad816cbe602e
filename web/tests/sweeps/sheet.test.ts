import { expect, it } from "vitest";

import type { CellJob } from "@/api/sweeps";
import { readPngText } from "@/formats/metadata/png";
import { csvOf } from "@/sweeps/csv";
import { wrapText } from "@/sweeps/drawing";
import { gridOf } from "@/sweeps/grid";
import { withPngText } from "@/sweeps/pngText";
import { cellsFrom, entriesFrom, MISSING, outputsOf, picturesOf, readAxes, type CellState } from "@/sweeps/sheet";

const job = (id: string, row: number, column: number, change: Partial<CellJob> = {}): CellJob => ({ id, status: "completed", create_time: 100, execution_start_time: 1000, execution_end_time: 3500, execution_error: null, sweep: { id: "s", title: "t", row, column }, ...change });
const file = (filename: string, type = "output") => ({ filename, subfolder: "", type });

it("shows the newest run of each cell, with its time and what went wrong", () => {
  const before = { "0/0": MISSING, "0/1": MISSING, "0/2": MISSING };
  const cells = cellsFrom([job("a", 0, 0), job("b", 0, 1, { status: "failed", execution_error: { exception_message: " no memory\n" } }), job("c", 0, 0, { status: "pending", execution_start_time: null, execution_end_time: null })], before);
  expect(cells["0/0"]).toMatchObject({ status: "pending", job: "c", seconds: null });
  expect(cells["0/1"]).toMatchObject({ status: "failed", error: "no memory", seconds: 2.5 });
  expect(cells["0/2"]).toEqual(MISSING);
});

it("keeps the pictures of a run that it knows, and forgets runs that the history forgot", () => {
  const known: CellState = { ...MISSING, status: "completed", job: "a", pictures: { "9": [file("x.png")] } };
  expect(cellsFrom([job("a", 0, 0)], { "0/0": known })["0/0"]?.pictures).toEqual(known.pictures);
  expect(cellsFrom([job("b", 0, 0)], { "0/0": known })["0/0"]?.pictures).toBeNull();
  expect(cellsFrom([], { "0/0": known })["0/0"]).toEqual(MISSING);
});

it("does not take a cell that was sent meanwhile for one that was taken out of the queue", () => {
  const asked = { "0/0": MISSING, "0/1": { ...MISSING, status: "pending" as const, job: "b" } };
  const now = { ...asked, "0/0": { ...MISSING, status: "pending" as const, job: "a" } };
  const cells = cellsFrom([], now, asked);
  expect([cells["0/0"]?.status, cells["0/1"]?.status]).toEqual(["pending", "missing"]);
  expect(cellsFrom([job("a", 0, 0)], now, asked)["0/0"]?.status).toBe("completed");
  expect(cellsFrom([job("old", 0, 0, { status: "failed" })], now, asked)["0/0"]).toEqual(now["0/0"]);
});

it("shows the output that was chosen, else what was saved before what was only looked at", () => {
  const cell: CellState = { ...MISSING, pictures: { "3": [file("look.png", "temp")], "9": [file("kept.png")] } };
  expect(picturesOf(cell, null)).toEqual([file("kept.png")]);
  expect(picturesOf(cell, "3")).toEqual([file("look.png", "temp")]);
  expect(picturesOf(cell, "5")).toEqual([]);
  expect(outputsOf({ a: cell })).toEqual(["3", "9"]);
});

it("lists the sweeps of the history, newest first, and how far each came", () => {
  const other = job("z", 0, 0, { create_time: 900, sweep: { id: "u", title: "later", row: 0, column: 0 } });
  const entries = entriesFrom([other, job("a", 0, 0), job("b", 0, 1, { status: "failed" }), job("c", 0, 0, { status: "failed", create_time: 50 })]);
  expect(entries).toEqual([{ id: "u", title: "later", time: 900, count: 1, done: 1 }, { id: "s", title: "t", time: 50, count: 2, done: 1 }]);
});

it("writes a table that other programs read, whatever the texts hold", () => {
  const axes = readAxes({ axes: [{ node: "2", input: "text", title: "Prompt · text", values: ['a "red", boat', "b"], place: "columns" }] });
  const cells = { "0/0": { ...MISSING, status: "completed" as const, seconds: 1.5, pictures: { "9": [{ ...file("x.png"), subfolder: "f" }] } } };
  expect(csvOf(axes, gridOf(axes), cells, null)).toBe('Prompt · text,status,seconds,file\r\n"a ""red"", boat",completed,1.500,f/x.png\r\nb,missing,,\r\n');
});

it("writes a text into a picture where the reader of workflows finds it", async () => {
  const plain = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (letter) => letter.charCodeAt(0));
  const marked = withPngText(plain, "workflow", '{"name":"Wäsche 漢"}');
  expect(await readPngText(marked)).toEqual({ workflow: '{"name":"Wäsche 漢"}' });
  const view = new DataView(marked.buffer);
  expect(view.getUint32(8 + 25)).toBe(marked.length - plain.length - 12);
});

it("breaks long labels at words, cuts words that are too long, and says that there is more", () => {
  const measure = (text: string): number => text.length;
  expect(wrapText("a red lighthouse on the sea", 12, measure)).toEqual(["a red", "lighthouse", "on the sea"]);
  expect(wrapText("abcdefgh", 3, measure)).toEqual(["abc", "def", "gh"]);
  expect(wrapText("one two three four", 5, measure, 2)).toEqual(["one", "two…"]);
  expect(wrapText("", 5, measure)).toEqual([]);
});
