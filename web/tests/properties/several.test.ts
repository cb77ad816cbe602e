import { expect, it } from "vitest";

import { addNode, setValue, updateNode } from "@/model/actions";
import { EMPTY_DOC, type Doc } from "@/model/types";
import { agreed, commonWidgets, setCommon } from "@/properties/several";
import { countsOf, modelsIn, noteOf, readInfo, sourceOf, tagsIn, withInfo, withNote } from "@/properties/info";

import { defs } from "../definitions";

const at = { x: 0, y: 0 };
const build = (...types: string[]): Doc => types.reduce((doc, type) => addNode(doc, defs, type, at).doc, EMPTY_DOC);

it("offers what all nodes have, says where they differ, and sets all of them", () => {
  const doc = setValue(build("Sampler", "Sampler"), "2", "steps", 5);
  const common = commonWidgets(doc, defs, ["1", "2"]);
  expect(common.map((item) => [item.widget.key, item.isMixed])).toEqual([["seed", false], ["steps", true], ["cfg", false], ["sampler_name", false]]);
  const after = setCommon(doc, ["1", "2"], "steps", 9);
  expect([after.nodes["1"]?.values["steps"], after.nodes["2"]?.values["steps"]]).toEqual([9, 9]);
});

it("leaves out what only some of them have", () => {
  expect(commonWidgets(build("Sampler", "Scale"), defs, ["1", "2"])).toEqual([]);
  expect(commonWidgets(build("Sampler", "Gone"), defs, ["1", "2"])).toEqual([]);
});

it("agrees on a colour only when all have it", () => {
  const doc = updateNode(build("Sampler", "Sampler"), "1", { color: "#123456" });
  expect(agreed(doc, ["1", "2"], (node) => node.color)).toBeUndefined();
  expect(agreed(doc, ["1"], (node) => node.color)).toBe("#123456");
});

it("keeps what a workflow tells of itself, and reads what ready-made ones tell", () => {
  const doc: Doc = { ...EMPTY_DOC, raw: { extra: { title: "Given", tags: ["a"], keep: 1 } } };
  expect(readInfo(doc)).toMatchObject({ name: "Given", tags: ["a"] });
  const after = withInfo(doc, { author: "Ann", tags: tagsIn("b, c,, b") });
  expect(readInfo(after)).toEqual({ name: "Given", description: "", author: "Ann", tags: ["b", "c"] });
  expect(after.raw["extra"]).toMatchObject({ keep: 1, title: "Given" });
});

it("counts nodes, and names the models in use once", () => {
  const doc = build("Loader", "Loader", "Sampler");
  expect(countsOf(doc)).toMatchObject({ nodes: 3, types: 2, links: 0 });
  expect(modelsIn(doc, defs)).toEqual(["a.safetensors"]);
});

it("keeps a remark in the node's properties, and none when it is empty", () => {
  const node = build("Sampler").nodes["1"];
  if (node === undefined) throw new Error("no node");
  const noted = { ...node, ...withNote({ ...node, raw: { properties: { cnr_id: "p", ver: "2" } } }, "mind this") };
  expect(noteOf(noted)).toBe("mind this");
  expect({ ...noted, ...withNote(noted, " ") }.raw["properties"]).toEqual({ cnr_id: "p", ver: "2" });
  expect(sourceOf(noted, undefined)).toEqual({ pack: "p", version: "2" });
  expect(sourceOf(noted, "custom_nodes.fancy.nodes").pack).toBe("fancy");
});
