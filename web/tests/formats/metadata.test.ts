import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { isObject, parseJson } from "@/formats/json";
import { isCarrier, readMetadata } from "@/formats/metadata";

const folder = fileURLToPath(new URL("../../../tests/fixtures/metadata", import.meta.url));
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/${name}`));
const names = readdirSync(folder).filter((name) => name !== "expected.json" && name !== "README.md");
const expected = parseJson(readFileSync(`${folder}/expected.json`, "utf8"));
const expectedOf = (name: string): unknown => (isObject(expected) ? expected[name] : undefined);

/** The two readers leave different spaces in JSON that was an object in the file. */
const settled = (found: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(found).map(([key, text]) => [key, key === "parameters" ? text : parseJson(text)]));

describe("a workflow is found in each kind of file", () => {
  it.each(names)("%s", async (name) => {
    const found = await readMetadata(bytesOf(name));
    expect(settled({ ...found })).toEqual(settled(Object(expectedOf(name)) as Record<string, string>));
    expect(isCarrier(bytesOf(name))).toBe(true);
  });
});

describe("a file that ends anywhere is read as far as it goes", () => {
  it.each(names)("%s", async (name) => {
    const bytes = bytesOf(name);
    for (let end = 0; end < bytes.length; end += Math.max(1, Math.floor(bytes.length / 40))) {
      const found = await readMetadata(bytes.subarray(0, end));
      expect(["workflow", "prompt", "parameters"]).toEqual(expect.arrayContaining(Object.keys(found)));
    }
  });
});

describe("bytes turned by chance are no crash", () => {
  it.each(names)("%s", async (name) => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    for (let round = 0; round < 40; round += 1) {
      const broken = Uint8Array.from(bytesOf(name));
      for (let i = 0; i < 4; i += 1) broken[random(broken.length)] = random(256);
      await expect(readMetadata(broken)).resolves.toBeTypeOf("object");
    }
  });
});

it("tells files by their bytes, and text is none of them", async () => {
  for (const text of ["", "{}", '{"nodes":[]}', "<html><metadata></metadata></html>", "\xff\xd8"]) {
    const bytes = new TextEncoder().encode(text);
    expect(isCarrier(bytes)).toBe(false);
    expect(await readMetadata(bytes)).toEqual({});
  }
});
