import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { finder, folded } from "@/ui/words";

describe("what people type", () => {
  it("is found whatever the order of its words, their case and accents", () => {
    const isFound = finder("Schärfe  BILD");
    expect(isFound("Bild mit mehr scharfe")).toBe(true);
    expect(isFound("Bild")).toBe(false);
    expect(finder("  ")("anything")).toBe(true);
  });

  it("is found where a language has letters of its own", () => {
    expect(finder("iş akışı")("Yeni İş Akışı")).toBe(true);
    expect(finder("ISIK")("ışık")).toBe(true);
    expect(finder("e")("한국어")).toBe(false);
    expect(finder("한국")("한국어")).toBe(true);
    expect(finder("ksampler")("ＫＳａｍｐｌｅｒ")).toBe(true);
  });

  it("is always found in itself, and folding twice changes nothing", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => finder(text)(text) && folded(folded(text)) === folded(text)));
  });
});
