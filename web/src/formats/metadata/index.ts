/** The workflow that a picture, film, sound or model file carries, told by its bytes, never by its name. */
import type { Pair } from "./bytes";
import { flacPairs, isFlac } from "./flac";
import { glbPairs, isGlb } from "./glb";
import { isIsobmff, isobmffPairs } from "./isobmff";
import { isJpeg, jpegPairs } from "./jpeg";
import { isMp3, mp3Pairs } from "./mp3";
import { isOgg, oggPairs } from "./ogg";
import { jsonPairs } from "./pairs";
import { isPng, pngPairs } from "./png";
import { isSafetensors, safetensorsPairs } from "./safetensors";
import { isSvg, svgPairs } from "./svg";
import { isWebm, webmPairs } from "./webm";
import { isWebp, webpPairs } from "./webp";

/** `workflow` and `prompt` as JSON text, `parameters` as the plain text of other tools. */
export interface Metadata {
  readonly workflow?: string;
  readonly prompt?: string;
  readonly parameters?: string;
}

type Pairs = Iterable<Pair> | AsyncIterable<Pair>;

const READERS: readonly (readonly [isKind: (bytes: Uint8Array) => boolean, read: (bytes: Uint8Array) => Pairs])[] = [
  [isPng, pngPairs],
  [isWebp, webpPairs],
  [isJpeg, jpegPairs],
  [isIsobmff, isobmffPairs],
  [isWebm, webmPairs],
  [isFlac, flacPairs],
  [isOgg, oggPairs],
  [isMp3, mp3Pairs],
  [isGlb, glbPairs],
  [isSafetensors, safetensorsPairs],
  [isSvg, svgPairs],
];
/** Entries that may hold one JSON object with both forms; so do some writers of films. */
const HOLDERS = new Set(["comment", "description"]);

/** Whether the bytes are of a kind that carries metadata, and so no JSON. */
export const isCarrier = (bytes: Uint8Array): boolean => READERS.some(([isKind]) => isKind(bytes));

/** What is damaged ends the reading; what was found before stays. */
export async function readMetadata(bytes: Uint8Array): Promise<Metadata> {
  const found: { workflow?: string; prompt?: string; parameters?: string } = {};
  try {
    for await (const [key, text] of pairsOf(bytes)) {
      for (const [name, value] of told(key.toLowerCase(), text))
        if (name === "workflow" || name === "prompt" || name === "parameters") found[name] ??= value;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return found;
}

const pairsOf = (bytes: Uint8Array): Pairs => READERS.find(([isKind]) => isKind(bytes))?.[1](bytes) ?? [];

const told = (key: string, text: string): readonly Pair[] => (HOLDERS.has(key) && text.trimStart().startsWith("{") ? jsonPairs(text) : [[key, text]]);

/** Numbers past the end, and broken JSON. */
const isDamage = (error: unknown): boolean => error instanceof RangeError || error instanceof SyntaxError;
