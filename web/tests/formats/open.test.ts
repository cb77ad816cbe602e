import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { FormatError } from "@/formats/file";
import { stringifyJson, type Json, type JsonObject } from "@/formats/json";
import { offersIn } from "@/formats/offers";
import { ManyWorkflows, openBytes, openJson } from "@/formats/open";
import type { Doc } from "@/model/types";

import { defs } from "../definitions";

const folder = fileURLToPath(new URL("../../../tests/fixtures/metadata", import.meta.url));
const open = (value: Json | string): Promise<Doc> => openBytes(new TextEncoder().encode(typeof value === "string" ? value : stringifyJson(value)), defs);
const types = (doc: Doc): string[] => Object.values(doc.nodes).map((node) => node.type).sort();

const canvas: JsonObject = { nodes: [{ id: 1, type: "Loader", pos: [0, 0] }], links: [], version: 0.4 };
const prompt: JsonObject = { "3": { class_type: "Loader", inputs: {} }, "4": { class_type: "Sampler", inputs: { model: ["3", 0] } } };

describe("every kind of file that carries a workflow", () => {
  it.each(readdirSync(folder).filter((name) => !/silent|expected|README/.test(name)))("%s", async (name) => {
    const doc = await openBytes(new Uint8Array(readFileSync(`${folder}/${name}`)), defs);
    if (name.startsWith("parameters")) expect(types(doc)).toContain("KSampler");
    else expect(types(doc)).toEqual(["Größe 日本"]);
  });
  it("says so where a picture carries none", async () => {
    for (const name of ["silent.png", "silent.jpg"]) await expect(openBytes(new Uint8Array(readFileSync(`${folder}/${name}`)), defs)).rejects.toThrow(FormatError);
  });
});

describe("JSON of every kind", () => {
  it("opens an API prompt, bare, in an envelope, and in a record as text", async () => {
    const forms: Json[] = [prompt, { prompt, extra_data: {}, client_id: "x" }, { ...prompt, extra_data: {} }, { prompt: stringifyJson(prompt) }];
    for (const value of forms) {
      const doc = await open(value);
      expect(types(doc)).toEqual(["Loader", "Sampler"]);
      expect(Object.values(doc.links)).toHaveLength(1);
    }
  });
  it("takes the canvas form out of what was sent to the server", async () => {
    expect(types(await open({ prompt, extra_data: { extra_pnginfo: { workflow: canvas } } }))).toEqual(["Loader"]);
    expect(types(await open({ id: "job", workflow: canvas }))).toEqual(["Loader"]);
  });
  it("reads what is not a number as nothing", async () => {
    expect(types(await open('{"nodes": [{"id": 1, "type": "Loader", "x": NaN, "y": -Infinity}], "links": []}'))).toEqual(["Loader"]);
  });
  it("opens the settings of another tool as text", async () => {
    expect(types(await open("a house\nSteps: 3, Seed: 1"))).toContain("CheckpointLoaderSimple");
  });
  it("turns a group node into a subgraph", async () => {
    const inner = { type: "Scale", inputs: [{ name: "samples", type: "LATENT", link: null }], outputs: [{ name: "LATENT", type: "LATENT" }], widgets_values: [1.5] };
    const file: Json = { nodes: [{ id: 7, type: "workflow>Mine", inputs: [], outputs: [], widgets_values: [3] }], links: [], extra: { groupNodes: { Mine: { nodes: [inner], links: [], external: [] } }, kept: 1 } };
    const doc = await openJson(file, defs);
    expect(types(doc)[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
  it("names what holds no workflow", async () => {
    for (const value of ["{}", "[]", "1", '{"templates":[]}', '{"prompt":"{}"}']) await expect(open(value)).rejects.toThrow(FormatError);
  });
});

describe("templates", () => {
  const node = (type: string, inputs: Json[], outputs: Json[]): JsonObject => ({ type, inputs, outputs, pos: [0, 0], id: -1 });
  const copied: JsonObject = {
    nodes: [node("Loader", [], [{ name: "MODEL", type: "MODEL" }]), node("Sampler", [{ name: "model", type: "MODEL", link: 77 }], [])],
    links: [[0, 0, 1, 0, 12]],
  };
  it("opens the only one, its nodes numbered and joined", async () => {
    const doc = await openJson({ templates: [{ name: "One", data: JSON.stringify(copied) }] }, defs);
    expect(Object.values(doc.links)).toMatchObject([{ from: "1", slot: 0, to: "2", input: "model", type: "MODEL" }]);
  });
  it("offers several, and leaves out what is damaged", async () => {
    const source: Json = { templates: [{ name: "One", data: JSON.stringify(copied) }, { name: "Two", data: canvas }, { name: "Bad", data: "{" }, 3] };
    expect(offersIn(source).map((offer) => offer.name)).toEqual(["One", "Two"]);
    try {
      await openJson(source, defs);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ManyWorkflows);
      if (error instanceof ManyWorkflows) expect(types(await openJson(error.offers[1]?.source ?? null, defs))).toEqual(["Loader"]);
    }
  });
});
