import { expect, it } from "vitest";

import { parseJson, stringifyJson } from "@/formats/json";
import { openJson } from "@/formats/open";
import { writeDocument } from "@/formats/ui04";
import { setValue } from "@/model/actions";
import { currentWhole, replaceDocument, transactWhole, undo } from "@/model/document";
import { cellDoc } from "@/sweeps/cells";
import { costsOf, type Prompt } from "@/sweeps/cost";
import { axesOf, clearSweeps, placeSweep, putSweep, removeSweep, storedSweeps, sweepAt, withValue, type Sweep } from "@/sweeps/document";
import { gridOf, sweepExtra } from "@/sweeps/grid";
import { readAxes } from "@/sweeps/sheet";

import { defs } from "../definitions";
import { chain, promptOf, wrapped } from "../model/pages";

const cfg: Sweep = { page: null, node: "2", key: "cfg", spec: { kind: "list", values: [4, 5, 6] }, place: null };
const steps: Sweep = { page: null, node: "2", key: "steps", spec: { kind: "range", from: 4, to: 8, count: 2, spacing: "linear" }, place: null };
const by: Sweep = { page: null, node: "3", key: "by", spec: { kind: "list", values: [1, 2] }, place: null };
const swept = () => [cfg, steps, by].reduce(putSweep, chain());

it("keeps the sweeps in the file, and out of what the server is sent", async () => {
  const doc = swept();
  expect(promptOf(doc)).toEqual(promptOf(chain()));
  const read = await openJson(parseJson(stringifyJson(writeDocument(doc, defs))), defs);
  expect(storedSweeps(read)).toEqual([cfg, steps, by]);
  expect(storedSweeps(await openJson(writeDocument(clearSweeps(doc), defs), defs))).toEqual([]);
});

it("lets one widget have one sweep, and undoes it", () => {
  replaceDocument(chain());
  transactWhole("step.value", (whole) => putSweep(whole, cfg));
  transactWhole("step.value", (whole) => putSweep(whole, { ...cfg, spec: { kind: "list", values: [1] } }));
  expect(storedSweeps(currentWhole())).toHaveLength(1);
  undo();
  expect(sweepAt(currentWhole(), cfg)?.spec).toEqual(cfg.spec);
  undo();
  expect(storedSweeps(currentWhole())).toEqual([]);
});

it("lays the first along columns, the second along rows, the third along sheets, others along the shorter side", () => {
  const axes = axesOf(swept(), defs);
  expect(axes.map((axis) => [axis.title, axis.place])).toEqual([["Sampler · cfg", "columns"], ["Sampler · steps", "rows"], ["Scale · by", "sheets"]]);
  const fourth: Sweep = { page: null, node: "2", key: "sampler_name", spec: { kind: "list", values: ["euler", "heun"] }, place: null };
  expect(axesOf(putSweep(swept(), fourth), defs)[3]?.place).toBe("rows");
});

it("moves a sweep to another side, before another one", () => {
  const moved = placeSweep(swept(), by, "columns", cfg);
  expect(axesOf(moved, defs).map((axis) => [axis.key, axis.place])).toEqual([["by", "columns"], ["cfg", "rows"], ["steps", "sheets"]]);
});

it("leaves out sweeps of widgets that are gone or fed by a wire, without forgetting them", () => {
  const gone: Sweep = { ...cfg, node: "77" };
  const fed: Sweep = { ...cfg, key: "model" };
  const doc = putSweep(putSweep(swept(), gone), fed);
  expect(axesOf(doc, defs)).toHaveLength(3);
  expect(storedSweeps(doc)).toHaveLength(5);
  expect(storedSweeps(removeSweep(doc, gone))).toHaveLength(4);
});

it("makes of each cell a workflow that runs by itself", () => {
  const doc = swept();
  const axes = axesOf(doc, defs);
  const cell = cellDoc(doc, defs, axes, { at: [2, 1, 0] });
  expect(promptOf(cell)["2"]?.inputs).toMatchObject({ cfg: 6, steps: 8 });
  expect(storedSweeps(cell)).toEqual([]);
  expect(storedSweeps(doc)).toHaveLength(3);
});

it("sweeps a widget inside a subgraph, and says where its first instance stands", () => {
  const { doc, instance: node } = wrapped(putSweep(chain(), cfg), ["2"]);
  const inside: Sweep = { ...cfg, page: "sub" };
  const [axis] = axesOf(putSweep(doc, inside), defs);
  expect(axis).toMatchObject({ id: `${node}:2`, page: "sub", values: [4, 5, 6] });
  expect(promptOf(withValue(doc, defs, inside, 5))[`${node}:2`]?.inputs["cfg"]).toBe(5);
});

it("finds by trying which axis costs least", () => {
  const doc = swept();
  const base = promptOf(doc) as unknown as Prompt;
  const changed = [withValue(doc, defs, cfg, 1), withValue(doc, defs, by, 9)].map((whole) => promptOf(whole) as unknown as Prompt);
  expect(costsOf(base, changed)).toEqual([3, 2]);
});

it("sends with each run what its sheet is made of, and reads it back", () => {
  const axes = axesOf(swept(), defs);
  const grid = gridOf(axes);
  const extra = sweepExtra("id", "title", axes, grid, { row: 1, column: 2, at: [2, 1, 0] });
  expect(extra).toMatchObject({ id: "id", row: 1, column: 2, columns: ["4", "5", "6"], rows: ["1 · 4", "1 · 8", "2 · 4", "2 · 8"] });
  expect(readAxes(extra)).toEqual(axes);
});

it("reads the sheets of other makers, who send what is agreed and no more", () => {
  const [axis] = readAxes({ axes: [{ node: "2", input: "cfg", title: "cfg", values: [1, 2] }] });
  expect(axis).toMatchObject({ id: "2", key: "cfg", page: null, labels: ["1", "2"], place: "columns" });
});

it("takes the variants of a text from the text as it is now", () => {
  const words: Sweep = { page: null, node: "4", key: "prefix", spec: { kind: "replace", words: ["x", "y"] }, place: null };
  const doc = setValue(putSweep(chain(), words), "4", "prefix", "box");
  expect(axesOf(doc, defs)[0]?.values).toEqual(["box", "boy"]);
});
