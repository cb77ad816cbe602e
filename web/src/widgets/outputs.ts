/** What a node has to show, by kind: pictures, videos, sounds, texts, and two pictures side by side. */
import { parseFileRefs, type FileRef } from "@/api/client";
import { list, text } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";

export type MediaKind = "image" | "video" | "audio" | "file";

export interface Shown {
  readonly media: readonly { readonly kind: MediaKind; readonly file: FileRef }[];
  readonly texts: readonly string[];
  readonly compared: { readonly before: FileRef; readonly after: FileRef } | null;
  /** Lists of which only a part is held: pictures of a batch to compare. */
  readonly pairs: readonly { readonly before: FileRef; readonly after: FileRef }[];
}

const VIDEO = /\.(mp4|webm|mov|mkv|m4v|avi)$/i;
const AUDIO = /\.(mp3|wav|ogg|opus|flac|m4a|aac)$/i;
const IMAGE = /\.(png|jpe?g|webp|gif|avif|bmp|svg|tiff?|apng)$/i;

export function mediaKind({ filename }: Pick<FileRef, "filename">, fallback: MediaKind = "file"): MediaKind {
  if (VIDEO.test(filename)) return "video";
  if (AUDIO.test(filename)) return "audio";
  return IMAGE.test(filename) ? "image" : fallback;
}

/** Lists that the field's nodes give files in, with what their files are where the name does not tell. */
const LISTS: readonly (readonly [string, MediaKind])[] = [
  ["images", "image"],
  ["gifs", "image"],
  ["video", "video"],
  ["videos", "video"],
  ["audio", "audio"],
  ["audios", "audio"],
  ["files", "file"],
  ["latents", "file"],
  ["3d", "file"],
];

export function shownOf(output: JsonObject): Shown {
  const media = LISTS.flatMap(([name, fallback]) => parseFileRefs(output[name]).map((file) => ({ kind: mediaKind(file, fallback), file })));
  const [before, after] = [parseFileRefs(output["a_images"]), parseFileRefs(output["b_images"])];
  const pairs = before.flatMap((file, i) => (after[i] === undefined ? [] : [{ before: file, after: after[i] }]));
  const alone = pairs.length > 0 ? [] : [...before, ...after].map((file) => ({ kind: mediaKind(file, "image"), file }));
  return { media: distinct([...media, ...alone]), texts: textsOf(output), compared: pairs[0] ?? null, pairs };
}

const fileKey = ({ type, subfolder, filename }: FileRef): string => `${type}/${subfolder}/${filename}`;

/** Some nodes name the same file in two lists. */
function distinct<T extends { readonly file: FileRef }>(items: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return items.filter(({ file }) => !seen.has(fileKey(file)) && seen.add(fileKey(file)));
}

function textsOf(output: JsonObject): readonly string[] {
  const value = output["text"] ?? output["string"] ?? null;
  const items: readonly Json[] = Array.isArray(value) ? list(value) : value === null ? [] : [value];
  return items.map((item) => (isObject(item) || Array.isArray(item) ? JSON.stringify(item) : text(item)));
}

/** The value of a file drop-down: `folder/name.png [output]`. */
export function annotatedName({ filename, subfolder, type }: FileRef): string {
  const path = subfolder === "" ? filename : `${subfolder}/${filename}`;
  return type === "input" ? path : `${path} [${type}]`;
}
