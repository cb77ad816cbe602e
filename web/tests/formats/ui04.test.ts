import { expect, it } from "vitest";

import { readApi } from "@/formats/api";
import { list } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { openBytes, openJson } from "@/formats/open";
import { readDocument, writeDocument } from "@/formats/ui04";
import { PLAIN_LINK } from "@/model/types";

import { defs } from "../definitions";

const canvas: JsonObject = {
  id: "file-id",
  revision: 3,
  last_node_id: 12,
  last_link_id: 5,
  nodes: [
    { id: 1, type: "Loader", pos: [0, 30], size: [300, 100], flags: {}, order: 0, mode: 0, inputs: [], outputs: [{ name: "MODEL", type: "MODEL", links: [5] }, { name: "CLIP", type: "CLIP", links: null }], properties: { cnr_id: "core" }, widgets_values: ["b.safetensors"], someFutureField: { a: 1 } },
    { id: 2, type: "Sampler", pos: [400, 30], size: [300, 200], flags: { collapsed: true }, order: 1, mode: 4, inputs: [{ name: "model", type: "MODEL", link: 5 }], outputs: [{ name: "LATENT", type: "LATENT", links: null }], properties: {}, widgets_values: [18446744073709551615n, "fixed", 20, 8, "heun"], title: "Mine" },
    { id: 9, type: "PackNode", pos: { 0: 5, 1: 6 }, size: [10, 20], flags: {}, order: 2, mode: 0, inputs: [{ name: "in", type: "ODD", link: null, shape: 7 }], outputs: [{ name: "out", type: "ODD", links: [] }], properties: {}, widgets_values: { deep: [1, 2] } },
  ],
  links: [[5, 1, 0, 2, 0, "MODEL"]],
  groups: [{ id: 4, title: "G", bounding: [0, 0, 50, 60], color: "#333", font_size: 24, locked: true }],
  config: { x: 1 },
  extra: { ds: { scale: 1, offset: [0, 0] }, linkExtensions: [{ id: 5, parentId: 1 }, { id: 77, parentId: 2 }] },
  models: [{ name: "m" }],
  version: 0.4,
};

const nodeOf = (file: JsonObject, id: number): JsonObject => {
  const found = list(file["nodes"]).find((node) => isObject(node) && node["id"] === id);
  if (!isObject(found)) throw new Error(String(id));
  return found;
};

it("writes back what it does not know", () => {
  const written = writeDocument(readDocument(canvas, defs), defs);
  expect(written).toMatchObject({ id: "file-id", revision: 3, config: { x: 1 }, models: [{ name: "m" }], version: 0.4 });
  expect(nodeOf(written, 1)).toMatchObject({ someFutureField: { a: 1 }, properties: { cnr_id: "core" }, pos: [0, 30], size: [300, 100] });
  expect(list(written["groups"])[0]).toMatchObject({ id: 4, font_size: 24, locked: true, bounding: [0, 0, 50, 60] });
  expect(written["extra"]).toMatchObject({ linkExtensions: [{ id: 5, parentId: 1 }] });
});

it("keeps nodes of unknown type as they were", () => {
  const written = nodeOf(writeDocument(readDocument(canvas, defs), defs), 9);
  expect(written).toMatchObject({ type: "PackNode", widgets_values: { deep: [1, 2] }, inputs: [{ name: "in", type: "ODD", shape: 7, link: null }] });
});

it("keeps modes, titles, folds and 64-bit seeds", () => {
  expect(nodeOf(writeDocument(readDocument(canvas, defs), defs), 2)).toMatchObject({ mode: 4, title: "Mine", flags: { collapsed: true }, widgets_values: [18446744073709551615n, "fixed", 20, 8, "heun"] });
});

it("writes the socket of a widget only where it is linked", () => {
  const doc = readDocument(canvas, defs);
  expect(nodeOf(writeDocument(doc, defs), 2)["inputs"]).toEqual([
    { name: "model", type: "MODEL", link: 5 },
    { shape: 7, name: "mask", type: "MASK", link: null },
  ]);
  const linked = { ...doc, links: { ...doc.links, 6: { id: 6, from: "9", slot: 0, to: "2", input: "steps", type: "INT", ...PLAIN_LINK } } };
  expect(nodeOf(writeDocument(linked, defs), 2)["inputs"]).toContainEqual({ name: "steps", type: "INT", link: 6, widget: { name: "steps" } });
});

it("reads an API prompt, places it, and links by input name", async () => {
  const prompt: Json = { "4": { class_type: "Loader", inputs: { file: "b.safetensors" }, _meta: { title: "Mine" } }, "7": { class_type: "Sampler", inputs: { model: ["4", 0], steps: 5 } } };
  const doc = readApi(prompt, defs);
  expect(Object.values(doc.links)).toMatchObject([{ from: "4", slot: 0, to: "7", input: "model" }]);
  expect(doc.nodes["7"]?.values["steps"]).toBe(5);
  expect(doc.nodes["4"]).toMatchObject({ title: "Mine", values: { file: "b.safetensors" } });
  const placed = await openJson(prompt, defs);
  expect(placed.nodes["7"]?.position.x).toBeGreaterThan((placed.nodes["4"]?.position.x ?? 0) + 100);
});

it("says when a file holds no workflow", async () => {
  await expect(openBytes(new TextEncoder().encode('{"a": 1}'), defs)).rejects.toThrow("no workflow");
  await expect(openBytes(new TextEncoder().encode("not json"), defs)).rejects.toThrow("not JSON");
});
