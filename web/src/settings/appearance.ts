/** Theme, palette, size of text: what is set, put on the page. */
import { paletteOf, TOKENS } from "./palettes";
import { setSetting, setting, settingsStore } from "./store";

export type Theme = "dark" | "light";

const dark = (): MediaQueryList => window.matchMedia("(prefers-color-scheme: dark)");

/** The theme that is really shown. */
export function shownTheme(): Theme {
  const palette = paletteOf(setting("palette"), setting("palettes"));
  const theme = setting("theme");
  if (palette !== undefined) return palette.base;
  return theme === "system" ? (dark().matches ? "dark" : "light") : (theme as Theme);
}

function apply(): void {
  const { style, dataset } = document.documentElement;
  const palette = paletteOf(setting("palette"), setting("palettes"));
  dataset["theme"] = shownTheme();
  for (const token of TOKENS) {
    const color = palette?.colors[token];
    if (color === undefined) style.removeProperty(`--${token}`);
    else style.setProperty(`--${token}`, color);
  }
  style.setProperty("--text-scale", String(setting("textSize") / 100));
}

export function watchAppearance(): void {
  apply();
  settingsStore.subscribe(apply);
  dark().addEventListener("change", apply);
}

const NEXT: Readonly<Record<string, string>> = { system: "dark", dark: "light", light: "system" };

export function nextTheme(): void {
  setSetting("palette", "");
  setSetting("theme", NEXT[setting("theme")] ?? "system");
}
