/** What a widget goes through in a sweep: a list, a range, seeds, or variants of a text. */
import { text as asText } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { RANDOM_LIMIT } from "@/runtime/seeds";
import type { Random } from "@/runtime/chance";

export type Spacing = "linear" | "geometric";

export type Spec =
  | { readonly kind: "list"; readonly values: readonly Json[] }
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly count: number; readonly spacing: Spacing }
  | { readonly kind: "step"; readonly from: number; readonly to: number; readonly by: number }
  /** Drawn when they are asked for, so that the sheet can be made again. */
  | { readonly kind: "seeds"; readonly mode: "random" | "counting"; readonly values: readonly Json[] }
  /** The first word is looked for in the widget's text, and replaced by each in turn. */
  | { readonly kind: "replace"; readonly words: readonly string[] };

export interface Numbers {
  readonly isInteger: boolean;
  readonly min: number | bigint;
  readonly max: number | bigint;
}

export const MOST_VALUES = 500;

const ANY: Numbers = { isInteger: false, min: -Infinity, max: Infinity };

/** Six digits say all that people mean; 0.1 + 0.2 is 0.3. */
const tidy = (value: number, { isInteger }: Numbers): number => (isInteger ? Math.round(value) : Number(value.toPrecision(6)));

const fits = (value: number | bigint, { min, max }: Numbers): boolean => value >= min && value <= max;

function distinct(values: readonly Json[]): readonly Json[] {
  return values.filter((value, i) => values.indexOf(value) === i);
}

function spaced(from: number, to: number, count: number, spacing: Spacing): readonly number[] {
  if (count < 2) return [from];
  // A geometric way does not pass through nothing.
  const isGeometric = spacing === "geometric" && from * to > 0;
  const at = (share: number): number => (isGeometric ? from * (to / from) ** share : from + (to - from) * share);
  return Array.from({ length: Math.min(count, MOST_VALUES) }, (_none, i) => at(i / (count - 1)));
}

function stepped(from: number, to: number, by: number): readonly number[] {
  const step = Math.abs(by) * Math.sign(to - from);
  if (step === 0 || !Number.isFinite(step)) return [from];
  const count = Math.min(MOST_VALUES, Math.floor((to - from) / step + 1e-9) + 1);
  return Array.from({ length: count }, (_none, i) => from + step * i);
}

/** The values in their order, each once; those that the widget would refuse are left out. `now` is what the widget holds. */
export function valuesOf(spec: Spec, now: Json | undefined, numbers: Numbers = ANY): readonly Json[] {
  if (spec.kind === "range") return numbersOf(spaced(spec.from, spec.to, spec.count, spec.spacing), numbers);
  if (spec.kind === "step") return numbersOf(stepped(spec.from, spec.to, spec.by), numbers);
  if (spec.kind === "replace") return replaced(asText(now ?? ""), spec.words);
  return distinct(spec.values);
}

const numbersOf = (values: readonly number[], numbers: Numbers): readonly Json[] => distinct(values.map((value) => tidy(value, numbers)).filter((value) => fits(value, numbers)));

export function replaced(text: string, words: readonly string[]): readonly string[] {
  const [first, ...others] = words;
  if (first === undefined || first === "") return [];
  return [text, ...others.map((word) => text.replaceAll(first, word))];
}

/** What the values are called; of a text's variants the word is enough. */
export function labelsOf(spec: Spec, values: readonly Json[]): readonly string[] {
  if (spec.kind === "replace") return values.map((value, i) => spec.words[i] ?? asText(value));
  return values.map(labelOf);
}

export function labelOf(value: Json): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(12)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export interface Parsed {
  readonly values: readonly Json[];
  /** What is no number, or outside of what the widget takes. */
  readonly bad: readonly string[];
}

/** Numbers one for each line, or with commas, semicolons or spaces between them. */
export function parseNumbers(text: string, numbers: Numbers): Parsed {
  const values: Json[] = [];
  const bad: string[] = [];
  for (const token of text.split(/[\s,，、;]+/).filter((part) => part !== "")) {
    const value = numberOf(token, numbers);
    if (value === null || !fits(value, numbers)) bad.push(token);
    else values.push(value);
  }
  return { values: distinct(values), bad };
}

function numberOf(token: string, { isInteger }: Numbers): number | bigint | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(token)) return null;
  if (!isInteger) return Number(token);
  if (!/^[+-]?\d+$/.test(token)) return Number.isInteger(Number(token)) ? Number(token) : null;
  const exact = BigInt(token.replace("+", ""));
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/** One text for each line; empty lines between others are no texts. */
export const parseLines = (text: string): readonly string[] => text.split("\n").map((line) => line.trim()).filter((line, i, all) => line !== "" && all.indexOf(line) === i);

/** Words for search and replace: one for each line, or with commas between them. */
export const parseWords = (text: string): readonly string[] => (text.includes("\n") ? parseLines(text) : parseLines(text.replaceAll(/[,，、]/g, "\n")));

const plain = (value: bigint): Json => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

export function drawSeeds(mode: "random" | "counting", count: number, now: Json | undefined, max: number | bigint, random: Random = Math.random): readonly Json[] {
  const wanted = Math.max(1, Math.min(count, MOST_VALUES));
  const limit = max < RANDOM_LIMIT ? Number(max) : RANDOM_LIMIT;
  if (mode === "random") return Array.from({ length: wanted }, () => Math.floor(random() * limit));
  const from = typeof now === "bigint" ? now : BigInt(Math.trunc(Number(now ?? 0)) || 0);
  return Array.from({ length: wanted }, (_none, i) => plain(from + BigInt(i))).filter((value) => BigInt(value as number | bigint) <= BigInt(max === Infinity ? 2 ** 53 : max));
}

const numeric = (value: Json | undefined): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const listed = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value.slice(0, MOST_VALUES) : []);

export const writeSpec = (spec: Spec): JsonObject => ({ ...spec, ...("values" in spec ? { values: [...spec.values] } : {}), ...("words" in spec ? { words: [...spec.words] } : {}) }) as JsonObject;

/** What a file says, or null where it says nothing that is known. */
export function readSpec(raw: Json | undefined): Spec | null {
  if (!isObject(raw)) return null;
  const { kind, from, to } = raw;
  if (kind === "list") return { kind, values: listed(raw["values"]) };
  if (kind === "range") return { kind, from: numeric(from), to: numeric(to), count: Math.max(1, Math.round(numeric(raw["count"]))), spacing: raw["spacing"] === "geometric" ? "geometric" : "linear" };
  if (kind === "step") return { kind, from: numeric(from), to: numeric(to), by: numeric(raw["by"]) };
  if (kind === "seeds") return { kind, mode: raw["mode"] === "counting" ? "counting" : "random", values: listed(raw["values"]) };
  if (kind === "replace") return { kind, words: listed(raw["words"]).map(asText) };
  return null;
}
