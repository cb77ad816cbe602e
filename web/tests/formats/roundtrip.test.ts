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
    const instances = new Set(objects(object(source["definitions"])["subgraphs"]).map((page) => text(page["id"])));
    const isUnknown = (type: string): boolean => defs[type] === undefined && !VIRTUAL.has(type) && !instances.has(type);
    for (const [id, node] of nodesById(source)) {
      // Widgets that an instance names by inner node become inputs of its subgraph.
      const properties = Object.fromEntries(Object.entries(object(node["properties"])).filter(([key]) => key !== "proxyWidgets"));
      expect(after.get(id)).toMatchObject({ someDay: ["x"], bgcolor: "#111", color: "#222", shape: 1, properties });
      // Only where it stands in the order may have changed; nobody moved it.
      if (isUnknown(text(node["type"]))) expect({ ...after.get(id), order: 0 }).toEqual({ ...node, order: 0 });
    }
  });
});

describe("written twice is written once", () => {
  it.each(cases)("%s", (file) => {
    const once = write(decorated(file));
    expect(write(once)).toEqual(once);
  });
});

/** A page without its nodes, and without what writing may settle: counters, sizes of its boundary, order and slots of links. */
function settledPage(page: JsonObject): JsonObject {
  const settled = new Set(["nodes", "state", "revision", "config", "extra", "groups"]);
  const rest = Object.fromEntries(Object.entries(page).filter(([key]) => !settled.has(key)));
  const corner = (node: Json | undefined): JsonObject => ({ ...object(node), bounding: list(object(node)["bounding"]).slice(0, 2) });
  const links = objects(page["links"]).map((link) => ({ ...link, target_slot: Number(link["target_id"]) < 0 ? link["target_slot"] ?? 0 : 0 }));
  return { ...rest, inputNode: corner(page["inputNode"]), outputNode: corner(page["outputNode"]), links: links.sort((one, other) => Number(object(one)["id"]) - Number(object(other)["id"])) };
}

function subgraphsOf(file: JsonObject): JsonObject[] {
  return objects(object(file["definitions"])["subgraphs"]);
}

function withUnknownInside(file: string): JsonObject {
  const source = decorated(file);
  const subgraphs = subgraphsOf(source).map((page) => ({
    ...page,
    ...{ someDay: [1], category: "mine", description: "d", widgets: [] },
    inputs: objects(page["inputs"]).map((port) => ({ ...port, someDay: 1, label: "shown" })),
    nodes: objects(page["nodes"]).map((node) => ({ ...node, someDay: { x: 1 }, color: "#123" })),
  }));
  return subgraphs.length === 0 ? source : { ...source, definitions: { someDay: 1, ...object(source["definitions"]), subgraphs } };
}

describe("subgraphs that nobody touched come back as they were", () => {
  // Widgets named by inner node become inputs, and definitions inside of definitions are written beside them.
  const settled = (file: string): boolean => file.startsWith("old_promoted") || file === "definitions_in_definitions.json";
  it.each(cases.filter((file) => subgraphsOf(decorated(file)).length > 0 && !settled(file)))("%s", (file) => {
    const source = withUnknownInside(file);
    const written = write(source);
    expect(object(written["definitions"])["someDay"]).toBe(1);
    expect(subgraphsOf(written).map(settledPage)).toEqual(subgraphsOf(source).map(settledPage));
    for (const [i, page] of subgraphsOf(source).entries()) {
      const after = nodesById(subgraphsOf(written)[i] ?? {});
      for (const [id, node] of nodesById(page)) expect(after.get(id)).toMatchObject({ id: node["id"], type: node["type"], someDay: { x: 1 }, color: "#123" });
    }
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

describe("a node of a type that nobody knows", () => {
  const odd: JsonObject = {
    ...{ id: 9, type: "PackNode", pos: [5, 6], size: [90, 20], flags: { folded: 1 }, order: 0, mode: 0, showAdvanced: true },
    inputs: [{ name: "in", type: "ODD", link: null, shape: 7, dir: 3 }, { name: "event", type: -1 }, { name: "w", type: ["a", "b"], link: null, widget: { name: "w", extra: 1 }, label: "W" }],
    outputs: [{ name: "out", type: "ODD", links: [] }, { name: "done", type: -1, links: null, slot_index: 1 }],
    properties: { some: { deep: [1] } },
    widgets_values: { deep: [1, 2], seed: 18446744073709551615n },
    widgets_values_named: { deep: [1, 2] },
  };
  const file: JsonObject = { last_node_id: 9, last_link_id: 0, nodes: [odd], links: [], groups: [], config: {}, extra: {}, version: 0.4 };
  it("comes back verbatim", () => {
    expect(objects(write(file)["nodes"])).toEqual([odd]);
  });
  it("does so from schema 1, and with sizes as objects", () => {
    const sized = { ...odd, size: { 0: 300, 1: 40 }, pos: { 0: 1, 1: 2 } };
    const { size, ...written } = object(objects(write({ ...file, version: 1, nodes: [sized] })["nodes"])[0]);
    expect([size, { ...written, pos: [5, 6] }]).toEqual([[300, 40], Object.fromEntries(Object.entries(odd).filter(([key]) => key !== "size"))]);
  });
});
