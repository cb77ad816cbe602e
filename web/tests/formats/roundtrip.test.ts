import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import { list, text } from "@/formats/file";
import { isObject, parseJson, type Json, type JsonObject } from "@/formats/json";
import { readDocument, writeDocument } from "@/formats/ui04";

const fixtures = fileURLToPath(new URL("../../../tests/fixtures", import.meta.url));
const read = (path: string): Json => parseJson(readFileSync(`${fixtures}/${path}`, "utf8"));
const cases = readdirSync(`${fixtures}/workflows`).filter((name) => name.endsWith(".json"));
const defs = parseDefinitions(read("object_info.json"));
const VIRTUAL = new Set(["Reroute", "PrimitiveNode", "Note", "MarkdownNote"]);

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const objects = (value: Json | undefined): JsonObject[] => list(value).filter(isObject);

/** The document of a case with something unknown in every place that may hold it. */
function decorated(file: string): JsonObject {
  const canvas = object(object(read(`workflows/${file}`))["canvas"]);
  return {
    ...canvas,
    someDay: { deep: [1, { a: null }] },
    models: [{ name: "m", url: "u", directory: "d" }],
    config: { links_ontop: true },
    groups: [{ id: 1, title: "G", bounding: [0, 0, 10, 20], color: "#123", font_size: 24, flags: { pinned: true }, someDay: 1 }],
    nodes: objects(canvas["nodes"]).map((node) => ({ ...node, someDay: ["x"], properties: { ...object(node["properties"]), cnr_id: "core", someDay: 2 }, bgcolor: "#111", color: "#222", shape: 1 })),
    extra: { ...object(canvas["extra"]), someDay: { a: 1 }, frontendVersion: "1.2", linearData: { inputs: [], outputs: [] }, VHS_latentpreview: false },
  };
}

const write = (file: JsonObject): JsonObject => writeDocument(readDocument(file, defs), defs);
const nodesById = (file: JsonObject): Map<string, JsonObject> => new Map(objects(file["nodes"]).map((node) => [text(node["id"]), node]));

describe("what is not known comes back verbatim", () => {
  it.each(cases)("%s", (file) => {
    const source = decorated(file);
    const written = write(source);
    expect(written).toMatchObject({ someDay: source["someDay"], models: source["models"], config: source["config"], version: 0.4 });
    expect(written["groups"]).toEqual(source["groups"]);
    expect(written["extra"]).toMatchObject({ someDay: { a: 1 }, frontendVersion: "1.2", linearData: { inputs: [], outputs: [] }, VHS_latentpreview: false });
    const after = nodesById(written);
    for (const [id, node] of nodesById(source)) {
      expect(after.get(id)).toMatchObject({ someDay: ["x"], bgcolor: "#111", color: "#222", shape: 1, properties: node["properties"] });
      // Only where it stands in the order may have changed; nobody moved it.
      if (defs[text(node["type"])] === undefined && !VIRTUAL.has(text(node["type"]))) expect({ ...after.get(id), order: 0 }).toEqual({ ...node, order: 0 });
    }
  });
});

describe("written twice is written once", () => {
  it.each(cases)("%s", (file) => {
    const once = write(decorated(file));
    expect(write(once)).toEqual(once);
  });
});

describe("subgraphs that nobody touched come back as they were", () => {
  it.each(cases)("%s", (file) => {
    const source = decorated(file);
    expect(objects(object(write(source)["definitions"])["subgraphs"])).toEqual(objects(object(source["definitions"])["subgraphs"]));
  });
});

describe("reroutes, floating links and looks of links are kept", () => {
  it("in the places of 0.4, from 0.4", () => {
    for (const file of ["native_reroutes_0.4.json", "floating_links_0.4.json", "link_look.json"]) {
      const source = decorated(file);
      const written = write(source);
      expect(written["floatingLinks"]).toEqual(source["floatingLinks"]);
      for (const key of ["reroutes", "linkExtensions", "linkPresentation"]) expect([file, key, object(written["extra"])[key]]).toEqual([file, key, object(source["extra"])[key]]);
    }
  });
  it("in the places of 0.4, from schema 1", () => {
    const source = decorated("native_reroutes_schema_1.json");
    const written = write(source);
    expect(object(written["extra"])["reroutes"]).toEqual(source["reroutes"]);
    expect(object(written["extra"])["linkExtensions"]).toEqual([{ id: 5, parentId: 2 }]);
    expect(written["floatingLinks"]).toEqual(source["floatingLinks"]);
    expect(written).not.toHaveProperty("reroutes");
    expect(written).not.toHaveProperty("state");
    expect(written["links"]).toEqual([[5, 1, 0, 2, 0, "IMAGE"]]);
  });
});
