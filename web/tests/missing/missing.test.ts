import { expect, it } from "vitest";

import type { JsonObject } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";
import { replaceAll, socketMap } from "@/missing/replace";
import { countOf, scan } from "@/missing/scan";
import { closest } from "@/missing/similar";
import { parseReplacements } from "@/missing/table";

import { defs } from "../definitions";

const file: JsonObject = {
  nodes: [
    { id: 1, type: "Loader", pos: [0, 0], size: [200, 100], mode: 0, inputs: [], outputs: [{ name: "MODEL", type: "MODEL", links: [1] }, { name: "CLIP", type: "CLIP", links: null }], properties: { models: [{ name: "z.safetensors", url: "https://example.org/z", directory: "checkpoints" }] }, widgets_values: ["sub/z.safetensors"] },
    { id: 2, type: "Old Sampler", pos: [300, 0], size: [200, 100], mode: 0, inputs: [{ name: "weights", type: "MODEL", link: 1 }, { name: "odd", type: "ODD", link: 3 }], outputs: [{ name: "samples", type: "LATENT", links: [2] }], properties: { cnr_id: "old-pack", ver: "1" }, widgets_values: ["heun", 12] },
    { id: 3, type: "Save", pos: [600, 0], size: [200, 100], mode: 0, inputs: [{ name: "samples", type: "LATENT", link: 2 }], outputs: [], widgets_values: ["x"] },
    { id: 4, type: "Picture", pos: [0, 300], size: [200, 100], mode: 0, inputs: [], outputs: [], widgets_values: ["gone.png", "image"] },
    { id: 5, type: "Odd", pos: [0, 600], size: [200, 100], mode: 0, inputs: [], outputs: [{ name: "odd", type: "ODD", links: [3] }], widgets_values: [] },
    { id: 6, type: "Loader", pos: [0, 900], size: [200, 100], mode: 2, inputs: [], outputs: [], widgets_values: ["muted.safetensors"] },
  ],
  links: [[1, 1, 0, 2, 0, "MODEL"], [2, 2, 0, 3, 0, "LATENT"], [3, 5, 0, 2, 1, "ODD"]],
  version: 0.4,
};
const doc = readDocument(file, defs);

it("finds unknown types with their packs, model files with their folders and addresses, and pictures; not of muted nodes", () => {
  const missing = scan(doc, defs);
  expect(missing.types.map(({ type, pack, version, where }) => [type, pack, version, where.length])).toEqual([["Old Sampler", "old-pack", "1", 1], ["Odd", "", "", 1]]);
  expect(missing.models.map(({ name, folder, url }) => [name, folder, url])).toEqual([["sub/z.safetensors", "checkpoints", "https://example.org/z"]]);
  expect(missing.media.map(({ name }) => name)).toEqual(["gone.png"]);
  expect(countOf(missing)).toBe(4);
});

it("leaves unknown nodes as they are in the file", () => {
  const written = writeDocument(doc, defs);
  const nodes = Array.isArray(written["nodes"]) ? written["nodes"] : [];
  expect(nodes.find((node) => (node as JsonObject)["id"] === 2)).toMatchObject({ type: "Old Sampler", widgets_values: ["heun", 12], properties: { cnr_id: "old-pack" } });
});

it("replaces a type: wires go by name, else by type, and what finds no socket is counted", () => {
  const { doc: after, lost } = replaceAll(doc, defs, [{ page: null, node: "2" }], "Sampler");
  expect(after.nodes["2"]).toMatchObject({ type: "Sampler", known: true, position: doc.nodes["2"]?.position });
  expect(after.nodes["2"]?.values).toMatchObject({ sampler_name: "heun" });
  const links = Object.values(after.links);
  expect(links.map((link) => [link.from, link.to, link.input])).toEqual([["1", "2", "model"], ["2", "3", "samples"]]);
  expect(lost).toBe(1);
  expect(scan(after, defs).types.map(({ type }) => type)).toEqual(["Odd"]);
});

it("does nothing for a type that there is not", () => {
  expect(replaceAll(doc, defs, [{ page: null, node: "2" }], "Nothing")).toEqual({ doc, lost: 0 });
});

it("follows a table before names, and names before types", () => {
  const map = socketMap([{ name: "a", type: "X" }, { name: "b", type: "X" }, { name: "c", type: "Y" }], [{ name: "b", type: "X" }, { name: "new", type: "X" }, { name: "other", type: "Y" }], { a: "new" });
  expect([...map]).toEqual([["a", "new"], ["b", "b"], ["c", "other"]]);
});

it("reads the server's table of replacements", () => {
  const table = parseReplacements({ Old: [{ new_node_id: "New", input_mapping: [{ new_id: "x", old_id: "y" }, { new_id: "mode", set_value: "fast" }], output_mapping: [{ new_id: "IMAGE", old_id: "image" }] }], Empty: [] });
  expect(table).toEqual({ Old: { type: "New", inputs: { y: "x" }, values: { mode: "fast" }, outputs: { image: "IMAGE" } } });
});

it("offers the nearest name, and none when nothing is near", () => {
  expect(closest("models/dream_shaper_8.safetensors", ["other.ckpt", "DreamShaper-8-fp16.safetensors"])).toBe("DreamShaper-8-fp16.safetensors");
  expect(closest("abc.safetensors", ["zzz.safetensors"])).toBeNull();
});
