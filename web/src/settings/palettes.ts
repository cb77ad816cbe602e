/** Colours of the room: palettes that come with the program, and people's own. */
import { isObject, type Json } from "@/formats/json";
import type { MessageKey } from "@/i18n";

/** The variables of the style sheet that a palette may set. */
export const TOKENS = ["surface", "panel", "raised", "field", "line", "line-strong", "text", "muted", "faint", "accent", "accent-ink", "accent-text", "focus", "danger", "good", "dots"] as const;
export type Token = (typeof TOKENS)[number];

export interface Palette {
  readonly id: string;
  readonly name: string;
  readonly base: "dark" | "light";
  readonly colors: Readonly<Partial<Record<Token, string>>>;
}

/** Their names are keys of the catalogue; people's own are shown as they are. */
export const BUILT_IN: readonly (Palette & { readonly name: MessageKey })[] = [
  {
    ...{ id: "contrast-dark", name: "settings.palette.contrastDark", base: "dark" },
    colors: { surface: "#000000", panel: "#000000", raised: "#0c0c0c", field: "#000000", line: "#8a8a8a", "line-strong": "#c8c8c8", text: "#ffffff", muted: "#e6e6e6", faint: "#cfcfcf", accent: "#ffd23f", "accent-ink": "#000000", "accent-text": "#ffd23f", focus: "#ffd23f", danger: "#ff8a8a", good: "#7dff9b", dots: "#3a3a3a" },
  },
  {
    ...{ id: "contrast-light", name: "settings.palette.contrastLight", base: "light" },
    colors: { surface: "#ffffff", panel: "#ffffff", raised: "#ffffff", field: "#ffffff", line: "#5a5a5a", "line-strong": "#1f1f1f", text: "#000000", muted: "#1f1f1f", faint: "#333333", accent: "#0b3d91", "accent-ink": "#ffffff", "accent-text": "#0b3d91", focus: "#0b3d91", danger: "#9b0010", good: "#00591b", dots: "#b5b5b5" },
  },
  {
    ...{ id: "dusk", name: "settings.palette.dusk", base: "dark" },
    colors: { surface: "#191724", panel: "#211e2e", raised: "#29253a", field: "#191724", line: "#38334c", "line-strong": "#4c4666", text: "#eae6f5", muted: "#aca4c4", faint: "#958cae", accent: "#ebbcba", "accent-ink": "#26141a", "accent-text": "#f0c9c7", focus: "#ebbcba", danger: "#f2798f", good: "#86cfa5", dots: "#2d2940" },
  },
  {
    ...{ id: "moss", name: "settings.palette.moss", base: "dark" },
    colors: { surface: "#141a17", panel: "#1a221e", raised: "#222c27", field: "#141a17", line: "#2c3832", "line-strong": "#405149", text: "#e4ebe6", muted: "#9db0a5", faint: "#86998e", accent: "#8fd694", "accent-ink": "#0b1d0d", "accent-text": "#a3e0a7", focus: "#8fd694", danger: "#f07a6d", good: "#8fd694", dots: "#26312b" },
  },
];

/** People's own palettes as they are stored. */
export function ownPalettes(kept: Json): readonly Palette[] {
  if (!isObject(kept)) return [];
  return Object.entries(kept).flatMap(([id, value]): Palette[] => {
    if (!isObject(value) || !isObject(value["colors"])) return [];
    const { colors } = value;
    const known = TOKENS.flatMap((token) => (typeof colors[token] === "string" ? [[token, colors[token]] as const] : []));
    return [{ id, name: typeof value["name"] === "string" ? value["name"] : id, base: value["base"] === "light" ? "light" : "dark", colors: Object.fromEntries(known) }];
  });
}

export const paletteOf = (id: string, kept: Json): Palette | undefined => [...BUILT_IN, ...ownPalettes(kept)].find((palette) => palette.id === id);
