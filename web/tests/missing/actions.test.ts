// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";

import { readDocument } from "@/formats/ui04";
import { deleteNodes, nameInstead, replaceTypes } from "@/missing/actions";
import { summary } from "@/missing/MissingBar";
import { scan } from "@/missing/scan";
import { missingStore, watchMissing } from "@/missing/store";
import { currentWhole, newlyHeld, showHeld, undo } from "@/model/document";
import { sessionStore } from "@/session/store";

import { defs } from "../definitions";

const gone = (id: number): { id: number; type: string; pos: number[]; size: number[]; mode: number; inputs: []; outputs: []; widgets_values: string[] } => ({ id, type: "Gone", pos: [0, 0], size: [1, 1], mode: 0, inputs: [], outputs: [], widgets_values: [] });
const doc = readDocument({ nodes: [gone(1), gone(2), { ...gone(3), type: "Loader", widgets_values: ["c.safetensors"] }], links: [], version: 0.4 }, defs);
const missing = () => scan(currentWhole(), defs);

beforeEach(() => {
  sessionStore.setState({ defs });
  showHeld(newlyHeld(doc, "tab"));
});

it("replaces all nodes of a type in one step of undo", () => {
  replaceTypes(missing().types[0]?.where ?? [], "Sampler");
  expect([currentWhole().nodes["1"]?.type, currentWhole().nodes["2"]?.type]).toEqual(["Sampler", "Sampler"]);
  undo();
  expect(currentWhole()).toBe(doc);
});

it("deletes them, and names another file", () => {
  const file = missing().models[0];
  if (file === undefined) throw new Error("no file");
  nameInstead(file, "b.safetensors");
  deleteNodes(missing().types[0]?.where ?? []);
  expect(Object.keys(currentWhole().nodes)).toEqual(["3"]);
  expect(missing()).toEqual({ types: [], models: [], media: [] });
});

it("looks when it begins to watch, and says in words what there is", () => {
  const quiet = watchMissing();
  expect(summary(missingStore.getState().missing)).toBe("1 node type, 1 model");
  quiet();
});
