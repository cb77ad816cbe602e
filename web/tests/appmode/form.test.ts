import { expect, it } from "vitest";

import { addSection, changeField, fieldsIn, NO_FORM, placeField, plainField, readForm, removeSection, stepField, toggleField, toggleOutput, withForm, type AppForm } from "@/appmode/form";
import type { JsonObject } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";
import { EMPTY_DOC, type Doc } from "@/model/types";

import { defs } from "../definitions";

const withExtra = (extra: JsonObject): Doc => ({ ...EMPTY_DOC, raw: { extra } });
const names = (form: AppForm, section = ""): readonly string[] => fieldsIn(form, section).map((field) => field.widget);
const abc: AppForm = { ...NO_FORM, fields: ["a", "b", "c"].map((name) => plainField("3", name)) };

it("reads the field's form: numbers and execution ids, heights, each field once", () => {
  const form = readForm(withExtra({ linearMode: true, linearData: { inputs: [[3, "seed"], ["20:5", "text", { height: 120 }], [3, "seed"], ["", "x"], 7], outputs: [9, "20:6"] } }));
  expect(form.isFirst).toBe(true);
  expect(form.fields.map(({ node, widget, height }) => [node, widget, height])).toEqual([["3", "seed", null], ["20:5", "text", 120]]);
  expect(form.outputs).toEqual(["9", "20:6"]);
});

it("writes what it read, beside whatever else stands in the file", () => {
  const doc = withExtra({ ds: { scale: 1 }, heddle: { views: { 1: {} } }, linearData: { inputs: [], outputs: [], other: 1 } });
  const form: AppForm = { ...NO_FORM, title: "Boats", description: "d", sections: [{ id: "s1", title: "More" }], outputs: ["9"], isFirst: true, fields: [{ ...plainField("3", "seed"), label: "Chance", help: "h", width: "half", section: "s1", hidden: true }, { ...plainField("20:5", "text"), height: 200 }] };
  const after = withForm(doc, form);
  expect(readForm(after)).toEqual(form);
  expect(after.raw["extra"]).toMatchObject({ ds: { scale: 1 }, linearMode: true, linearData: { inputs: [[3, "seed"], ["20:5", "text", { height: 200 }]], outputs: [9], other: 1 }, heddle: { views: { 1: {} } } });
});

it("survives saving and opening", () => {
  const form = { ...abc, title: "T" };
  const doc = withForm(EMPTY_DOC, form);
  expect(readForm(readDocument(writeDocument(doc, defs), defs))).toEqual(form);
});

it("takes a field in and out again, and results", () => {
  expect(names(toggleField(abc, "3", "b"))).toEqual(["a", "c"]);
  expect(names(toggleField(abc, "3", "d"))).toEqual(["a", "b", "c", "d"]);
  expect(toggleOutput(toggleOutput(NO_FORM, "9"), "8").outputs).toEqual(["9", "8"]);
  expect(toggleOutput({ ...NO_FORM, outputs: ["9"] }, "9").outputs).toEqual([]);
});

it("moves a field among its own, and over the end of a section into the next", () => {
  const form = addSection(abc, "More");
  expect(names(stepField(form, "3|a", 1))).toEqual(["b", "a", "c"]);
  expect(names(stepField(form, "3|c", -1))).toEqual(["a", "c", "b"]);
  expect(stepField(form, "3|a", -1)).toEqual(form);
  const over = stepField(form, "3|c", 1);
  expect([names(over), names(over, "s1")]).toEqual([["a", "b"], ["c"]]);
  const both = stepField(over, "3|b", 1);
  expect(names(both, "s1")).toEqual(["b", "c"]);
  expect(names(stepField(both, "3|b", -1))).toEqual(["a", "b"]);
});

it("drops a field before another one or at the end of a section, and keeps the fields of a section that goes", () => {
  const form = addSection(abc, "More");
  expect(names(placeField(form, "3|c", "", "3|a"))).toEqual(["c", "a", "b"]);
  const moved = placeField(form, "3|a", "s1", null);
  expect(names(moved, "s1")).toEqual(["a"]);
  expect(names(removeSection(moved, "s1"))).toContain("a");
  expect(changeField(form, "3|b", { label: "B" }).fields[1]?.label).toBe("B");
});
