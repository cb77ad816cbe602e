import { expect, it } from "vitest";

import { addNode, onNewNode } from "@/model/actions";
import { EMPTY_DOC, type DocNode } from "@/model/types";
import { presetFrom, presetsOf, putPreset, readTypes, removePreset, renamePreset, setDefault, withPreset, writeTypes, type TypePreset } from "@/presets/types";

import { defs } from "../definitions";

const fast: TypePreset = { name: "fast", isDefault: true, values: { steps: 4, cfg: 2 }, color: "#232", size: { width: 300, height: 200 } };
const fine: TypePreset = { name: "fine", isDefault: false, values: { steps: 40 }, color: null, size: null };
const types = putPreset(putPreset({}, "Sampler", fast), "Sampler", fine);

function sampler(): DocNode {
  const { doc, id } = addNode(EMPTY_DOC, defs, "Sampler", { x: 0, y: 0 });
  const node = doc.nodes[id];
  if (node === undefined) throw new Error("no node");
  return node;
}

it("comes back from the file as it was written, and keeps what else the file holds", () => {
  const written = writeTypes({ other: 1, types: { Gone: [] } }, types);
  expect(written["other"]).toBe(1);
  expect(readTypes(written)).toEqual(types);
  expect(readTypes({ types: { Sampler: ["nonsense", { name: "" }] } })).toEqual({ Sampler: [] });
});

it("has one default for a type at most", () => {
  const both = putPreset(types, "Sampler", { ...fine, isDefault: true });
  expect(presetsOf(both, "Sampler").map(({ name, isDefault }) => [name, isDefault])).toEqual([["fast", false], ["fine", true]]);
  expect(presetsOf(setDefault(both, "Sampler", null), "Sampler").some(({ isDefault }) => isDefault)).toBe(false);
});

it("renames unless the name is taken, and deletes", () => {
  expect(renamePreset(types, "Sampler", "fast", "fine")).toBe(types);
  expect(presetsOf(renamePreset(types, "Sampler", "fast", " quick "), "Sampler")[0]?.name).toBe("quick");
  expect(presetsOf(removePreset(types, "Sampler", "fast"), "Sampler")).toEqual([fine]);
});

it("gives a node the values that it would take, and leaves the others", () => {
  const node = withPreset(sampler(), defs, { ...fast, values: { steps: 4, cfg: 999, sampler_name: "gone", unknown: 1 } });
  expect(node.values).toMatchObject({ steps: 4, cfg: 8, sampler_name: "euler" });
  expect("unknown" in node.values).toBe(false);
  expect(node).toMatchObject({ color: "#232", size: { width: 300, height: 200 } });
});

it("reaches the values that a choice brings", () => {
  const { doc, id } = addNode(EMPTY_DOC, defs, "Resize", { x: 0, y: 0 });
  const node = doc.nodes[id];
  const made = node === undefined ? null : withPreset(node, defs, { ...fine, values: { to: "sides", "to.width": 1024 } });
  expect(made?.values).toMatchObject({ to: "sides", "to.width": 1024 });
});

it("keeps the chosen values of a node, its colour and size only when asked to", () => {
  const node = { ...sampler(), color: "#123" };
  expect(presetFrom(node, " mine ", new Set(["steps"]), { color: false, size: false, isDefault: true })).toEqual({ name: "mine", isDefault: true, values: { steps: 20 }, color: null, size: null });
  expect(presetFrom(node, "mine", new Set(), { color: true, size: true, isDefault: false })).toMatchObject({ color: "#123", size: node.size });
});

it("lets new nodes begin with the default", () => {
  const stop = onNewNode((node) => (node.type === "Sampler" ? withPreset(node, defs, fast) : node));
  expect(sampler().values["steps"]).toBe(4);
  stop();
  expect(sampler().values["steps"]).toBe(20);
});
