import { describe, expect, it } from "vitest";

import { contrast } from "@/settings/contrast";
import { BUILT_IN, ownPalettes, paletteOf } from "@/settings/palettes";
import { accepted, INITIAL } from "@/settings/table";

describe("what is stored", () => {
  it("is taken when the setting would take it, else the setting is as at first", () => {
    expect(accepted("textSize", 200)).toBe(200);
    expect(accepted("textSize", 900)).toBe(INITIAL.textSize);
    expect(accepted("textSize", "large")).toBe(INITIAL.textSize);
    expect(accepted("snapToGrid", false)).toBe(false);
    expect(accepted("bindings", { save: ["mod+s"] })).toEqual({ save: ["mod+s"] });
    expect(accepted("bindings", ["mod+s"])).toEqual({});
  });
  it("of other programs is no palette", () => {
    expect(ownPalettes({ mine: { name: "Mine", base: "light", colors: { text: "#111111", nonsense: "#fff" } }, broken: 3 })).toEqual([{ id: "mine", name: "Mine", base: "light", colors: { text: "#111111" } }]);
    expect(paletteOf("nobody", {})).toBeUndefined();
  });
});

describe("contrast", () => {
  it("is that of WCAG for its own examples", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
    expect(contrast("#fff", "#fff")).toBe(1);
  });
  it.each(BUILT_IN.map((palette) => [palette.name, palette.colors] as const))("of the palette %s reads well", (_name, { text, muted, faint, panel, surface, danger, accent, "accent-ink": ink, "accent-text": accentText }) => {
    for (const color of [text, muted, faint, danger, accentText]) for (const ground of [panel, surface]) expect(contrast(color ?? "", ground ?? ""), `${color} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(ink ?? "", accent ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
