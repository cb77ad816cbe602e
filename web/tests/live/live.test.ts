import { expect, it } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import type { JsonObject } from "@/formats/json";
import { moveNodes, removeNodes, setValue, toggleMode, updateNode } from "@/model/actions";
import { MODE } from "@/model/types";
import { learned, shouldStop } from "@/live/policy";
import { keyOf, livePrompt, mayMatter } from "@/live/prompt";
import { seeded } from "@/runtime/chance";

import { chain, wrapped } from "../model/pages";

const defs = parseDefinitions({
  Make: { input: {}, output: ["IMAGE"] },
  SaveImage: { input: { required: { images: ["IMAGE"], filename_prefix: ["STRING"] } }, output: [], output_node: true },
  PreviewImage: { input: { required: { images: ["IMAGE"] } }, output: [], output_node: true },
  SaveSound: { input: { required: { sound: ["AUDIO"], filename_prefix: ["STRING"] } }, output: [], output_node: true },
});
const node = (class_type: string, inputs: JsonObject, title = ""): JsonObject => ({ class_type, inputs, _meta: { title } });

it("shows pictures in place of saving them", () => {
  const prompt = { "1": node("Make", {}), "2": node("SaveImage", { images: ["1", 0], filename_prefix: "x" }, "Result") };
  expect(livePrompt(prompt, defs)["2"]).toEqual({ class_type: "PreviewImage", inputs: { images: ["1", 0] }, _meta: { title: "Result" } });
});

it("leaves out what can only save, as long as anything else is shown", () => {
  const sound = node("SaveSound", { sound: ["1", 0], filename_prefix: "x" });
  expect(Object.keys(livePrompt({ "1": node("Make", {}), "2": node("PreviewImage", { images: ["1", 0] }), "3": sound }, defs))).toEqual(["1", "2"]);
  expect(Object.keys(livePrompt({ "1": node("Make", {}), "3": sound }, defs))).toEqual(["1", "3"]);
});

it("takes prompts for the same whatever their titles and the order of their nodes", () => {
  const [a, b] = [node("Make", { x: 1 }, "A"), node("Make", { x: 2 })];
  expect(keyOf({ "1": a, "2": b })).toBe(keyOf({ "2": b, "1": { ...a, _meta: { title: "B" } } }));
  expect(keyOf({ "1": a })).not.toBe(keyOf({ "1": node("Make", { x: 3 }) }));
});

it("does not look at prompts because nodes are moved, folded or coloured", () => {
  const doc = chain();
  expect(mayMatter(doc, moveNodes(doc, { "2": { x: 9, y: 9 } }))).toBe(false);
  expect(mayMatter(doc, updateNode(doc, "2", { collapsed: true, color: "#111" }))).toBe(false);
  expect(mayMatter(doc, setValue(doc, "2", "steps", 3))).toBe(true);
  expect(mayMatter(doc, toggleMode(doc, ["3"], MODE.bypassed))).toBe(true);
  expect(mayMatter(doc, removeNodes(doc, ["4"]))).toBe(true);
  const { doc: outer } = wrapped(doc, ["2"]);
  const inner = outer.subgraphs["sub"];
  if (inner === undefined) throw new Error("no subgraph");
  const changed = { ...outer, subgraphs: { sub: { ...inner, ...setValue({ ...inner, subgraphs: {} }, "2", "steps", 3), id: "sub", name: "Sub" } } };
  expect(mayMatter(outer, changed)).toBe(true);
});

it("stops nothing while the hand moves, and a run that is all but done never", () => {
  expect(shouldStop({ elapsed: 10, usual: 1000, still: 20, blind: 10 })).toBe(false);
  expect(shouldStop({ elapsed: 10, usual: 1000, still: 200, blind: 960 })).toBe(true);
  expect(shouldStop({ elapsed: 960, usual: 1000, still: 200, blind: 960 })).toBe(false);
  expect(shouldStop({ elapsed: 5000, usual: null, still: 200, blind: 5000 })).toBe(true);
  expect(learned(null, 400)).toBe(400);
  expect(learned(400, 500)).toBe(430);
});

it("lets a picture through when the hand rests again and again", () => {
  expect(shouldStop({ elapsed: 300, usual: 1000, still: 200, blind: 1400 })).toBe(true);
  expect(shouldStop({ elapsed: 300, usual: 1000, still: 200, blind: 1600 })).toBe(false);
});

it("repeats chance", () => {
  const [a, b] = [seeded(7), seeded(7)];
  const drawn = Array.from({ length: 5 }, a);
  expect(drawn).toEqual(Array.from({ length: 5 }, b));
  expect(new Set(drawn).size).toBe(5);
  expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
});
