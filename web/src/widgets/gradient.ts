/** The colours along a slider, as a node gives them. */
import { isObject, type Json, type JsonObject } from "@/formats/json";

import { colorOf } from "./color";

const NAMES = ["gradient_stops", "gradient", "stops", "colors"] as const;
const PLAIN = "linear-gradient(to right, var(--line-strong), var(--accent))";

/** A CSS gradient from `[{offset, color}]`, `[[offset, color]]` or a list of colours; one of our own where none is given. */
export function gradientOf(options: JsonObject): string {
  const given = NAMES.map((name) => options[name]).find(Array.isArray);
  const stops = (given ?? []).map((stop, i, all) => stopOf(stop, i / Math.max(1, all.length - 1)));
  return stops.length < 2 ? PLAIN : `linear-gradient(to right, ${stops.join(", ")})`;
}

function stopOf(stop: Json, even: number): string {
  const isPair = Array.isArray(stop) && stop.length === 2 && typeof stop[0] === "number" && typeof stop[1] !== "number";
  const color = isObject(stop) ? (stop["color"] ?? "") : isPair ? (stop[1] ?? "") : stop;
  const offset = isObject(stop) ? stop["offset"] : isPair ? stop[0] : even;
  return `${cssColor(color)} ${Math.round(Math.min(1, Math.max(0, typeof offset === "number" ? offset : even)) * 100)}%`;
}

/** Lists are red, green and blue in bytes. */
const cssColor = (color: Json): string => colorOf(Array.isArray(color) ? `rgb(${color.join(", ")})` : color).hex;
