/** What the parts of a prompt are: brackets, weights, embeddings, LoRA tags, alternatives, comments. */
import { groupsOf } from "./weights";

export type PartKind = "bracket" | "weight" | "unclosed" | "embedding" | "unknown" | "lora" | "alternative" | "comment" | "escape";

export interface Part {
  readonly from: number;
  readonly to: number;
  readonly kind: PartKind;
}

export interface Reading {
  /** Alternatives and comments are taken out before the prompt is read, where the input says so. */
  readonly isDynamic: boolean;
  /** Names of embeddings, lower case; null until the server has told. */
  readonly embeddings: ReadonlySet<string> | null;
}

const COMMENT = /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*/g;
const EMBEDDING = /(^|[\s(])(embedding:([^\s,():|{}<>]+))/g;
const LORA = /<(?:lora|lyco):[^<>\n]*>/g;
const ALTERNATIVE = /\\[{}|]|[{}|]/g;
const ESCAPE = /\\[()]/g;
const EXTENSION = /\.(safetensors|pt|bin)$/;

/** In the order of the text; none overlap. */
export function partsOfPrompt(text: string, { isDynamic, embeddings }: Reading): readonly Part[] {
  const comments = isDynamic ? spans(text, COMMENT, "comment") : [];
  const blank = blanked(text, comments);
  const loras = spans(blank, LORA, "lora");
  const plain = blanked(blank, loras);
  const parts = [...comments, ...loras, ...bracketsOf(plain), ...embeddingsOf(plain, embeddings), ...(isDynamic ? alternativesOf(plain) : []), ...spans(plain, ESCAPE, "escape")];
  return parts.sort((a, b) => a.from - b.from || a.to - b.to);
}

function spans(text: string, pattern: RegExp, kind: PartKind): Part[] {
  return [...text.matchAll(pattern)].map((match) => ({ from: match.index, to: match.index + match[0].length, kind }));
}

/** The same length with nothing in these places, so that positions stay. */
function blanked(text: string, parts: readonly Part[]): string {
  return parts.reduce((before, { from, to }) => before.slice(0, from) + before.slice(from, to).replace(/[^\n]/g, " ") + before.slice(to), text);
}

function bracketsOf(text: string): Part[] {
  const groups = groupsOf(text);
  const paired = new Set(groups.flatMap(({ from, to }) => [from, to - 1]));
  const marks = groups.flatMap(({ from, to, innerTo, weight }): Part[] => [
    { from, to: from + 1, kind: "bracket" },
    ...(weight === null ? [] : [{ from: innerTo, to: to - 1, kind: "weight" } as const]),
    { from: to - 1, to, kind: "bracket" },
  ]);
  return [...marks, ...loneBrackets(text).filter(({ from }) => !paired.has(from))];
}

function loneBrackets(text: string): Part[] {
  return [...text.matchAll(/\\.|[()]/g)].filter((match) => match[0].length === 1).map((match) => ({ from: match.index, to: match.index + 1, kind: "unclosed" }));
}

const isKnownEmbedding = (name: string, known: ReadonlySet<string>): boolean => known.has(name.toLowerCase()) || known.has(name.toLowerCase().replace(EXTENSION, ""));

function embeddingsOf(text: string, known: ReadonlySet<string> | null): Part[] {
  return [...text.matchAll(EMBEDDING)].map((match) => {
    const from = match.index + (match[1]?.length ?? 0);
    const isKnown = known === null || isKnownEmbedding(match[3] ?? "", known);
    return { from, to: from + (match[2]?.length ?? 0), kind: isKnown ? "embedding" : "unknown" };
  });
}

function alternativesOf(text: string): Part[] {
  return [...text.matchAll(ALTERNATIVE)].map((match) => ({ from: match.index, to: match.index + match[0].length, kind: match[0].length === 1 ? "alternative" : "escape" }));
}
