import { describe, expect, it } from "vitest";

import { optionsAt, type Sources } from "@/prompt/complete";
import { phrasesOf, withRecent } from "@/prompt/phrases";
import { partsOfPrompt } from "@/prompt/syntax";
import { parseTags } from "@/prompt/tags";

const reading = { isDynamic: true, embeddings: new Set(["easynegative"]) };
const kinds = (text: string, how = reading): string[] => partsOfPrompt(text, how).map(({ from, to, kind }) => `${kind} ${text.slice(from, to)}`);

describe("the parts of a prompt", () => {
  it("are brackets with their weights, and brackets that nobody closes", () => {
    expect(kinds("(red:1.2) (tent")).toEqual(["bracket (", "weight :1.2", "bracket )", "unclosed ("]);
  });
  it("are embeddings that the server has, and others", () => {
    expect(kinds("embedding:EasyNegative.pt, (embedding:nope:1.1)")).toEqual(["embedding embedding:EasyNegative.pt", "bracket (", "unknown embedding:nope", "weight :1.1", "bracket )"]);
  });
  it("are all embeddings before the server has told", () => {
    expect(partsOfPrompt("embedding:nope", { isDynamic: false, embeddings: null })[0]?.kind).toBe("embedding");
  });
  it("are alternatives and comments, and nothing inside a comment", () => {
    expect(kinds("{a|b} // (c")).toEqual(["alternative {", "alternative |", "alternative }", "comment // (c"]);
    expect(kinds("/* {x} */ \\{")).toEqual(["comment /* {x} */", "escape \\{"]);
  });
  it("leaves alternatives and comments alone where the input does not know them", () => {
    expect(kinds("{a|b} // c", { ...reading, isDynamic: false })).toEqual([]);
  });
  it("are LoRA tags and escaped brackets", () => {
    expect(kinds("<lora:a (b):1> \\(c\\)")).toEqual(["lora <lora:a (b):1>", "escape \\(", "escape \\)"]);
  });
});

const sources: Sources = {
  embeddings: ["easynegative", "styles/bad-hands"],
  loras: ["pixel.safetensors", "style/ink wash.safetensors"],
  phrases: ["red tent at night", "golden hour"],
  tags: parseTags("long_hair,0,4000000,\"/lh,longhair\"\nlong_sleeves,0,9000\nhair_ornament,0,500\nsmile_(face)"),
};
const inserted = (before: string, after = ""): string[] => optionsAt(before, after, sources).map(({ insert }) => insert);

describe("completion", () => {
  it("of embeddings by prefix and by bare name", () => {
    expect(inserted("a, embedding:eas")).toEqual(["embedding:easynegative"]);
    expect(inserted("a, embedding:")).toHaveLength(2);
    expect(inserted("a bad-ha")).toContain("embedding:styles/bad-hands");
  });
  it("of LoRA names, from the bracket on, and inside a tag that has its end", () => {
    expect(inserted("x <lora:ink")).toEqual(["<lora:style/ink wash:1>"]);
    expect(inserted("x <lo")).toHaveLength(2);
    expect(inserted("x <lora:pix", ":0.7>")).toEqual(["<lora:pixel"]);
    expect(optionsAt("<lora:pix", "", sources)[0]).toMatchObject({ file: "pixel.safetensors", from: 0 });
  });
  it("of phrases and tags, the most used first, by other names too", () => {
    expect(inserted("night, long")).toEqual(["long hair", "long sleeves"]);
    expect(inserted("longha")).toEqual(["long hair"]);
    expect(inserted("a, golden h")).toEqual(["golden hour"]);
    expect(optionsAt("a, golden h", "", sources)[0]?.from).toBe(3);
  });
  it("escapes brackets, which would be weights", () => {
    expect(inserted("smi")).toEqual(["smile \\(face\\)"]);
  });
  it("waits for a second letter unless it is asked", () => {
    expect(optionsAt("l", "", sources)).toEqual([]);
    expect(optionsAt("l", "", sources, true).length).toBeGreaterThan(0);
  });
  it("of alternatives", () => {
    expect(inserted("a {")).toEqual(["{|}"]);
  });
});

describe("phrases", () => {
  it("are what stands between commas, without weights and tags", () => {
    expect(phrasesOf("(red tent:1.2), golden hour, <lora:x:1> embedding:y, {snow|rain}, a")).toEqual(["red tent", "golden hour", "snow", "rain"]);
  });
  it("come newest first and are bounded", () => {
    expect(withRecent(["old one", "red tent"], "red tent, new one")).toEqual(["red tent", "new one", "old one"]);
    expect(withRecent(Array.from({ length: 900 }, (_unused, i) => `phrase ${i}`), "x y z")).toHaveLength(500);
  });
});

it("reads lists of tags of every form", () => {
  expect(parseTags("name,category,count\nsolo\nred_eyes,0,12,\"crimson_eyes,re\"\n# no\n\n^_^,0,3")).toEqual([
    { name: "solo", count: 0, aliases: [] },
    { name: "red eyes", count: 12, aliases: ["crimson eyes", "re"] },
    { name: "^_^", count: 3, aliases: [] },
  ]);
});
