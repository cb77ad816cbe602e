import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { parseDefinitions } from "@/formats/definitions";
import { list, text } from "@/formats/file";
import { uuidOf, withoutGroupNodes } from "@/formats/groupNodes";
import { isObject, parseJson, type Json, type JsonObject } from "@/formats/json";

const fixtures = fileURLToPath(new URL("../../../tests/fixtures", import.meta.url));
const read = (path: string): Json => parseJson(readFileSync(`${fixtures}/${path}`, "utf8"));
const cases = readdirSync(`${fixtures}/workflows`).filter((name) => name.startsWith("group_node"));
const defs = parseDefinitions(read("object_info.json"));

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const objects = (value: Json | undefined): JsonObject[] => list(value).filter(isObject);
const canvas = (name: string): JsonObject => object(object(read(`workflows/${name}`))["canvas"]);
const ungrouped = (file: Json): JsonObject => object(withoutGroupNodes(file, defs));
const subgraphs = (file: JsonObject): JsonObject[] => objects(object(file["definitions"])["subgraphs"]);
const names = (ports: Json | undefined): string[] => objects(ports).map((port) => text(port["name"]));

describe("what is made joins at both ends of each link", () => {
  it.each(cases)("%s", (file) => {
    for (const page of subgraphs(ungrouped(canvas(file)))) {
      const node = (id: Json | undefined): JsonObject => objects(page["nodes"]).find((found) => found["id"] === id) ?? {};
      for (const link of objects(page["links"])) {
        const [origin, target] = [Number(link["origin_slot"]), Number(link["target_slot"])];
        const ids = link["origin_id"] === -10 ? objects(page["inputs"])[origin]?.["linkIds"] : objects(node(link["origin_id"])["outputs"])[origin]?.["links"];
        expect(ids).toContain(link["id"]);
        if (link["target_id"] === -20) expect(objects(page["outputs"])[target]?.["linkIds"]).toContain(link["id"]);
        else expect(objects(node(link["target_id"])["inputs"])[target]?.["link"]).toBe(link["id"]);
      }
      expect(new Set(names(page["inputs"])).size).toBe(names(page["inputs"]).length);
    }
  });
});

it("gives two instances one subgraph, and each its values", () => {
  const file = ungrouped(canvas("group_node_slash.json"));
  const [page] = subgraphs(file);
  const [first, second] = objects(file["nodes"]).filter((node) => node["type"] === page?.["id"]);
  expect(names(page?.["inputs"]).slice(0, 4)).toEqual(["text", "clip", "CLIPTextEncode text", "CLIPTextEncode clip"]);
  expect([object(first?.["widgets_values_named"])["text"], object(second?.["widgets_values_named"])["text"]]).toEqual(["a house", "a tree"]);
  expect(first?.["widgets_values"]).toEqual(Object.values(object(first?.["widgets_values_named"])));
  expect(page?.["name"]).toBe("Draw");
});

it("leaves the first instance's values and control modes in the inner nodes, whose ids are their places", () => {
  const nodes = objects(subgraphs(ungrouped(canvas("group_node.json")))[0]?.["nodes"]);
  expect(nodes.map((node) => node["id"])).toEqual([0, 1, 2, 3]);
  expect(nodes[3]?.["widgets_values"]).toEqual([42, "fixed", 9, 5.5, "heun", "normal", 1]);
});

it("keeps templates that nobody uses, and files without group nodes", () => {
  const file = canvas("group_node_slash.json");
  expect(Object.keys(object(object(ungrouped(file)["extra"])["groupNodes"]))).toEqual(["Unused"]);
  expect(Object.keys(object(object(file["extra"])["groupNodes"]))).toContain("Draw");
  for (const name of ["subgraph.json", "default_workflow.json"]) {
    const other = canvas(name);
    expect(withoutGroupNodes(other, defs)).toBe(other);
  }
});

it("makes inputs of hidden widgets only where the instances differ", () => {
  const hidden = names(subgraphs(ungrouped(canvas("group_node_config.json")))[0]?.["inputs"]);
  expect(hidden).toEqual(expect.arrayContaining(["wanted", "words"]));
  expect(hidden).not.toContain("batch_size");
  expect(names(subgraphs(ungrouped(canvas("group_node_later.json")))[0]?.["inputs"])).toContain("batch_size");
});

it("reads a template with holes as far as it goes", () => {
  const templates: JsonObject[] = [
    { nodes: [], links: "x", external: [[]] },
    { nodes: [{ type: "SaveImage" }, 7], links: [[0, 0, 5, 0], [null, 0, 0, 0], [0, 0, 0, 9], []] },
    { nodes: [{ type: "PrimitiveNode" }, { type: "Reroute" }], links: [], config: { "0": 3 } },
    { nodes: [{ type: "KSampler", widgets_values: { seed: 3 } }], links: [] },
    { nodes: [{ type: "workflow>Mine" }], links: [] },
  ];
  for (const template of templates) {
    const file: Json = { nodes: [{ id: 1, type: "workflow>Mine", widgets_values: [1, "x"] }], links: [], extra: { groupNodes: { Mine: template } } };
    expect(subgraphs(ungrouped(file))).toHaveLength(1);
  }
});

it("gives the same name the same id", () => {
  expect(uuidOf("a")).toBe(uuidOf("a"));
  expect(uuidOf("a")).not.toBe(uuidOf("b"));
  expect(uuidOf("größer")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
});
