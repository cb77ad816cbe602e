import { expect, it } from "vitest";

import { entriesOf, excerpt, search } from "@/find/search";
import { readDocument } from "@/formats/ui04";
import { withSubgraphs } from "@/model/definitions";

import { defs } from "../definitions";

const inner = { id: "5ab9ea70-0000-4000-8000-000000000009", name: "Refine", inputs: [], outputs: [], inputNode: { id: -10, bounding: [0, 0, 1, 1] }, outputNode: { id: -20, bounding: [0, 0, 1, 1] }, nodes: [{ id: 5, type: "Save", pos: [0, 0], widgets_values: ["lighthouse at dusk"] }], links: [] };
const whole = readDocument(
  {
    nodes: [
      { id: 1, type: "Loader", pos: [0, 0], widgets_values: ["b.safetensors"] },
      { id: 2, type: "Save", pos: [0, 0], title: "Keep", mode: 4, widgets_values: ["a red house by the sea"] },
      { id: 20, type: inner.id, pos: [0, 0] },
      { id: 30, type: "NobodyKnowsMe", pos: [0, 0], widgets_values: ["secret sauce"] },
    ],
    links: [],
    definitions: { subgraphs: [inner] },
    version: 0.4,
  },
  defs,
);
const entries = entriesOf(whole, withSubgraphs(defs, whole.subgraphs));
const ids = (query: string): string[] => search(entries, query).map(({ entry }) => entry.id);

it("finds nodes by number, title, type, texts and files, on every page", () => {
  expect(ids("2")).toContain("2");
  expect(ids("keep")).toEqual(["2"]);
  expect(ids("red sea")).toEqual(["2"]);
  expect(ids("b.safetensors")).toEqual(["1"]);
  expect(ids("lighthouse")).toEqual(["20:5"]);
  expect(ids("type:save")).toEqual(["2", "20:5"]);
  expect(ids("id:5")).toEqual(["20:5"]);
  expect(ids("is:bypassed")).toEqual(["2"]);
  expect(ids('"house by"')).toEqual(["2"]);
  expect(ids("secret")).toEqual(["30"]);
});

it("needs every word, and says where a word stands", () => {
  expect(ids("red lighthouse")).toEqual([]);
  expect(ids("")).toEqual([]);
  const [found] = search(entries, "dusk");
  expect(found?.where).toEqual(["prefix", "lighthouse at dusk"]);
  expect(found?.entry.around).toEqual(["Refine"]);
  expect(search(entries, "refine").map(({ entry }) => entry.id)).toEqual(["20", "20:5"]);
});

it("shows the part of a long text around the word", () => {
  const long = `${"x".repeat(100)} lighthouse ${"y".repeat(100)}`;
  expect(excerpt(long, "lighthouse")).toContain("lighthouse");
  expect(excerpt(long, "lighthouse").length).toBeLessThan(70);
});
