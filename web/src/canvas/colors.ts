/** Colours of socket types, of categories, and of the colour names that files use. */

/** Each legible on the dark panel, and on the light one when shaded; safe for colour-blind eyes together with the shapes. */
export const TYPES: Readonly<Record<string, string>> = {
  MODEL: "#9d8df1",
  CLIP: "#e8c547",
  VAE: "#e05d6f",
  CONDITIONING: "#f2a33c",
  LATENT: "#e77fb3",
  IMAGE: "#56b4e9",
  MASK: "#5fb878",
  CONTROL_NET: "#2aa198",
  CLIP_VISION: "#b8d05a",
  SIGMAS: "#9e7a23",
  SAMPLER: "#9c7479",
  GUIDER: "#ac5db1",
  NOISE: "#3a81d7",
  CLIP_VISION_OUTPUT: "#5bf0b8",
  STYLE_MODEL: "#feb6ee",
  UPSCALE_MODEL: "#6ee5f9",
  GLIGEN: "#61911c",
  HOOKS: "#fda19a",
  HOOK_KEYFRAMES: "#d97230",
  LATENT_OPERATION: "#e196f3",
  PHOTOMAKER: "#7f77b2",
  IPADAPTER: "#a3b2fe",
  STITCH: "#0dcbc3",
  SVG: "#6c8686",
  FLOATS: "#7d97d0",
  TIMESTEPS_RANGE: "#a5a50e",
  DEPTH_MODEL: "#138db1",
  DETECTION_MODEL: "#b1dfb9",
  POSE_MODEL: "#8c9968",
  POSE_KEYPOINT: "#87c0a6",
  SEGMENTATION_MODEL: "#a3b472",
  INT: "#b8c0cc",
  FLOAT: "#b8c0cc",
  BOOLEAN: "#b8c0cc",
  STRING: "#c9b58f",
  COMBO: "#c9b58f",
  "*": "#9aa3af",
  COMFY_MATCHTYPE_V3: "#9aa3af",
};
const OTHERS = ["#c58fd6", "#7fb2c9", "#d69a7a", "#8fbf8a", "#b7a4e0", "#cfae6a"];

function hash(word: string): number {
  let sum = 0;
  for (const char of word) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

/** The colour of a type as a style sheet takes it: the light theme shades it. */
export const typeColor = (type: string): string => `color-mix(in oklab, ${paintOf(type)}, black var(--socket-shade))`;

/** The same for a drawing, which knows no themes. */
export function paintOf(type: string): string {
  const first = type.split(",")[0]?.trim().toUpperCase() ?? "";
  return TYPES[first] ?? OTHERS[hash(first) % OTHERS.length] ?? "#9aa3af";
}

const CATEGORIES: readonly (readonly [string, string])[] = [
  ["loaders", "#6c8cd5"],
  ["conditioning", "#f2a33c"],
  ["sampling", "#9d8df1"],
  ["latent", "#e77fb3"],
  ["image", "#56b4e9"],
  ["mask", "#5fb878"],
  ["utils", "#8fa3ad"],
  ["text", "#c9b58f"],
];

export function categoryColor(category: string): string {
  const root = category.split("/")[0] ?? "";
  return CATEGORIES.find(([name]) => name === root)?.[1] ?? (root === "" ? "#8fa3ad" : (OTHERS[hash(root) % OTHERS.length] ?? "#8fa3ad"));
}

/** The dark shades that files hold for named colours, and the tint that we show for each. */
export const NODE_COLORS: readonly { readonly file: string; readonly tint: string }[] = [
  { file: "#322", tint: "#e05d6f" },
  { file: "#432", tint: "#e8c547" },
  { file: "#232", tint: "#5fb878" },
  { file: "#233", tint: "#2aa198" },
  { file: "#223", tint: "#6c8cd5" },
  { file: "#323", tint: "#b07fd6" },
  { file: "#332922", tint: "#b58863" },
  { file: "#222", tint: "#7a828e" },
];

export function nodeTint(color: string | null, category: string): string {
  if (color === null) return categoryColor(category);
  return NODE_COLORS.find((known) => known.file === color.toLowerCase())?.tint ?? color;
}

export type SocketShape = "round" | "square" | "hollow" | "diamond";

export function socketShape(type: string, flags: { readonly isList?: boolean; readonly isOptional?: boolean }): SocketShape {
  if (type === "*" || type === "") return "diamond";
  if (flags.isList === true) return "square";
  return flags.isOptional === true ? "hollow" : "round";
}
