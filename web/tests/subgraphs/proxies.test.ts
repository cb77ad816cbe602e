import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { toApi } from "@/formats/convert";
import { list, readCanvas } from "@/formats/file";
import { isObject, parseJson, type Json, type JsonObject } from "@/formats/json";
import { withoutProxies } from "@/formats/proxies";
import { readDocument, writeDocument } from "@/formats/ui04";
import { previewsOf } from "@/model/promote";
import { INPUT_SIDE } from "@/model/types";

import { defs } from "../definitions";

const promptOf = (file: Json): unknown => toApi(readCanvas(file), defs, { random: () => 0, now: new Date(0) }).prompt;

const inner = (id: number, type: string, values: Json[], inputs: Json[] = [], properties: JsonObject = {}): JsonObject => ({ id, type, pos: [0, 0], size: [200, 100], flags: {}, order: 0, mode: 0, inputs, outputs: [{ name: "LATENT", type: "LATENT", links: null }], properties, widgets_values: values });
const definition = (id: string, nodes: JsonObject[]): JsonObject => ({ id, version: 1, name: id, state: {}, inputNode: { id: -10, bounding: [0, 0, 1, 1] }, outputNode: { id: -20, bounding: [0, 0, 1, 1] }, inputs: [], outputs: [], widgets: [], nodes, links: [], groups: [] });

/** An outer instance that shows a widget of its own inside, and one of an instance inside, as old files say it. */
const old: JsonObject = {
  last_node_id: 9,
  last_link_id: 0,
  nodes: [inner(9, "outer", [1, 2, 3, 4], [], { keep: "me", proxyWidgets: [["2", "steps"], ["7", "2: cfg"], ["7", "$$canvas-image-preview"], ["99", "gone"]] })],
  links: [],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
  definitions: { subgraphs: [definition("outer", [inner(2, "Sampler", [5, "fixed", 33, 4, "heun"]), inner(7, "sub", [8], [], { proxyWidgets: [["2", "cfg"]] })]), definition("sub", [inner(2, "Sampler", [6, "fixed", 20, 2.5, "euler"])])] },
};

it("makes inputs of pairs, through instances inside, and means the same", () => {
  const doc = readDocument(old, defs);
  expect(doc.subgraphs["outer"]?.nodes[INPUT_SIDE]?.outputs.map((port) => [port.name, port.type])).toEqual([["steps", "INT"], ["cfg", "FLOAT"]]);
  expect(doc.subgraphs["sub"]?.nodes[INPUT_SIDE]?.outputs.map((port) => port.name)).toEqual(["cfg"]);
  expect(doc.nodes["9"]?.values).toEqual({ steps: 33, cfg: 2.5 });
  const written = writeDocument(doc, defs);
  expect(promptOf(written)).toEqual(promptOf(old));
  expect(writeDocument(readDocument(written, defs), defs)).toEqual(written);
});

it("keeps previews as such, lays aside what leads nowhere, and leaves other properties alone", () => {
  const doc = readDocument(old, defs);
  expect(previewsOf(doc.nodes["9"])).toEqual(["7"]);
  const file = list(writeDocument(doc, defs)["nodes"]).filter(isObject)[0];
  expect(file?.["properties"]).toEqual({
    keep: "me",
    previewExposures: [{ name: "$$canvas-image-preview", sourceNodeId: "7", sourcePreviewName: "$$canvas-image-preview" }],
    proxyWidgetErrorQuarantine: [{ originalEntry: ["99", "gone"], reason: "missingSourceWidget", hostValue: 4, attemptedAtVersion: 1 }],
  });
});

it("uses inputs that are there, with the inner value for a pair of an inner id", () => {
  const path = fileURLToPath(new URL("../../../tests/fixtures/workflows/old_promoted_widgets.json", import.meta.url));
  const fixture = parseJson(readFileSync(path, "utf8"));
  const canvas = isObject(fixture) ? (fixture["canvas"] ?? null) : null;
  const after = withoutProxies(canvas, defs);
  const node = isObject(after) ? list(after["nodes"]).filter(isObject)[0] : undefined;
  expect([node?.["properties"], node?.["widgets_values_named"], node?.["widgets_values"]]).toEqual([{}, { height: 222 }, undefined]);
});

it("gives a file without pairs back as it is", () => {
  const plain: JsonObject = { ...old, nodes: [], definitions: { subgraphs: [] } };
  expect(withoutProxies(plain, defs)).toBe(plain);
  expect(withoutProxies(null, defs)).toBeNull();
});
