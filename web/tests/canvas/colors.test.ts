import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { paintOf, typeColor, TYPES } from "@/canvas/colors";

const tokens = readFileSync(fileURLToPath(new URL("../../src/app/tokens.css", import.meta.url)), "utf8");
const token = (name: string): string[] => [...tokens.matchAll(new RegExp(`--${name}: ([^;]+);`, "g"))].map((match) => match[1] ?? "");
const [darkPanel = "", lightPanel = ""] = token("panel");
const [darkShade = "", lightShade = ""] = token("socket-shade");

type Triple = readonly [number, number, number];

/** Linear light of a colour of six digits. */
function light(hex: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** OKLab's roots of the cone responses. */
function cones([r, g, b]: Triple): Triple {
  return [Math.cbrt(0.4122 * r + 0.5363 * g + 0.0515 * b), Math.cbrt(0.2119 * r + 0.6807 * g + 0.1074 * b), Math.cbrt(0.0883 * r + 0.2817 * g + 0.63 * b)];
}

function oklab(hex: string): Triple {
  const [l, m, s] = cones(light(hex));
  return [0.2105 * l + 0.7936 * m - 0.0041 * s, 1.978 * l - 2.4286 * m + 0.4506 * s, 0.0259 * l + 0.7828 * m - 0.8087 * s];
}

const luminance = (hex: string): number => light(hex).reduce((sum, part, i) => sum + part * ([0.2126, 0.7152, 0.0722][i] ?? 0), 0);
/** Mixing with black in OKLab scales the roots, so that light goes with the cube. */
const shaded = (hex: string, shade: string): number => luminance(hex) * (1 - Number.parseFloat(shade) / 100) ** 3;
const contrast = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const distance = (a: string, b: string): number => Math.hypot(...oklab(a).map((part, i) => part - (oklab(b)[i] ?? 0)));

const named = Object.entries(TYPES);

describe("the colours of socket types", () => {
  it.each(named)("%s stands out from both panels", (_type, color) => {
    expect(contrast(shaded(color, darkShade), luminance(darkPanel))).toBeGreaterThan(3);
    expect(contrast(shaded(color, lightShade), luminance(lightPanel))).toBeGreaterThan(3);
  });
  it("are told apart, but for kinds of plain values", () => {
    const colors = [...new Set(named.map(([, color]) => color))];
    expect(colors).toHaveLength(named.length - 4);
    for (const [i, color] of colors.entries()) for (const other of colors.slice(i + 1)) expect(distance(color, other), `${color} and ${other}`).toBeGreaterThan(0.05);
  });
  it("are those of the first of several types, in any case", () => {
    expect(paintOf("image,MASK")).toBe(TYPES["IMAGE"]);
    expect(paintOf("A_PACKS_OWN")).toMatch(/^#/);
    expect(typeColor("IMAGE")).toContain(TYPES["IMAGE"]);
  });
});
