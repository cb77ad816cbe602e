import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { toApi } from "@/formats/convert";
import { parseDefinitions, type NodeDefs } from "@/formats/definitions";
import { readCanvas, text } from "@/formats/file";
import { isObject, parseJson, stringifyJson, type Json } from "@/formats/json";
import { openJson } from "@/formats/open";
import { readDocument, writeDocument } from "@/formats/ui04";

const fixtures = fileURLToPath(new URL("../../../tests/fixtures", import.meta.url));
const read = (path: string): Json => parseJson(readFileSync(`${fixtures}/${path}`, "utf8"));
const cases = readdirSync(`${fixtures}/workflows`).filter((name) => name.endsWith(".json"));

const schemas = new Map<string, NodeDefs>();
function defsOf(name: string): NodeDefs {
  const known = schemas.get(name) ?? parseDefinitions(read(name.endsWith(".json") ? name : `${name}.json`));
  schemas.set(name, known);
  return known;
}

interface Case {
  readonly name: string;
  readonly defs: NodeDefs;
  readonly canvas: Json;
  readonly api: Json;
}

function load(file: string): Case {
  const found = read(`workflows/${file}`);
  if (!isObject(found)) throw new Error(file);
  return { name: text(found["name"]), defs: defsOf(text(found["schemas"])), canvas: found["canvas"] ?? null, api: found["api"] ?? null };
}

describe("a canvas file becomes the prompt that both converters agree on", () => {
  it.each(cases)("%s", (file) => {
    const { defs, canvas, api } = load(file);
    expect(toApi(readCanvas(canvas), defs, { random: () => 0, now: new Date(2026, 0, 2, 3, 4, 5) }).prompt).toEqual(api);
  });
});

describe("a file that went through the document still means the same", () => {
  it.each(cases)("%s", (file) => {
    const { defs, canvas, api } = load(file);
    const written = writeDocument(readDocument(canvas, defs), defs);
    expect(toApi(readCanvas(written), defs, { random: () => 0, now: new Date(2026, 0, 2, 3, 4, 5) }).prompt).toEqual(api);
  });
});

/** Reroutes may be drawn as native ones and group nodes become subgraphs; what is sent to the server stays. */
describe("a file that was opened and saved still means the same", () => {
  it.each(cases)("%s", async (file) => {
    const { defs, canvas, api } = load(file);
    const written = writeDocument(await openJson(canvas, defs), defs);
    expect(toApi(readCanvas(parseJson(stringifyJson(written))), defs, { random: () => 0, now: new Date(2026, 0, 2, 3, 4, 5) }).prompt).toEqual(api);
  });
});
