/** What people know a run by: the name of its workflow and the words of its prompt. */
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { folded, wordsOf } from "@/ui/words";

export interface Facts {
  /** Empty where nobody named the workflow. */
  readonly title: string;
  /** The words that the picture was asked for with. */
  readonly prompt: string;
  readonly nodes: number;
  /** By execution id. */
  readonly titles: Readonly<Record<string, string>>;
  /** All texts of the run, in lower case: what a search looks through. */
  readonly text: string;
}

const MOST_STEPS = 40;

const inputsOf = (node: Json | undefined): JsonObject => (isObject(node) && isObject(node["inputs"]) ? node["inputs"] : {});
const titleOf = (node: Json): string => {
  const meta = isObject(node) ? node["_meta"] : null;
  return isObject(meta) && typeof meta["title"] === "string" ? meta["title"] : "";
};
const isLink = (value: Json | undefined): value is Json[] => Array.isArray(value) && value.length === 2 && typeof value[0] === "string";
const textsOf = (node: Json): readonly string[] => Object.values(inputsOf(node)).filter((value): value is string => typeof value === "string");

export function factsOf(prompt: JsonObject, extra: JsonObject): Facts {
  const sweep = isObject(extra["sweep"]) ? extra["sweep"] : {};
  const given = [extra["title"], sweep["title"]].find((title): title is string => typeof title === "string" && title !== "");
  const nodes = Object.values(prompt);
  const words = promptText(prompt);
  const titles = Object.fromEntries(Object.entries(prompt).map(([id, node]) => [id, titleOf(node) || (isObject(node) ? String(node["class_type"] ?? id) : id)]));
  const text = folded([given ?? "", ...nodes.flatMap((node) => [titleOf(node), ...textsOf(node)])].join("\n"));
  return { title: given ?? "", prompt: words, nodes: nodes.length, titles, text };
}

/** The text that leads to a sampler's positive side, else the longest one that is called a text or prompt. */
function promptText(prompt: JsonObject): string {
  for (const node of Object.values(prompt)) {
    const positive = inputsOf(node)["positive"];
    const found = isLink(positive) ? upstream(prompt, String(positive[0])) : null;
    if (found !== null) return found;
  }
  const named = Object.values(prompt).flatMap((node) => Object.entries(inputsOf(node)).flatMap(([name, value]) => (/text|prompt/i.test(name) && typeof value === "string" ? [value.trim()] : [])));
  return named.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
}

function upstream(prompt: JsonObject, start: string): string | null {
  const seen = new Set([start]);
  for (const id of seen) {
    const inputs = inputsOf(prompt[id]);
    const text = ["text", "prompt", "text_g", "clip_l", "t5xxl", "value", "string"].map((name) => inputs[name]).find((value): value is string => typeof value === "string" && value.trim() !== "");
    if (text !== undefined) return text.trim();
    for (const value of Object.values(inputs)) if (isLink(value) && seen.size < MOST_STEPS) seen.add(String(value[0]));
  }
  return null;
}

/** Every word must occur, in any order. */
export function isFound(facts: Facts | undefined, id: string, query: string): boolean {
  return wordsOf(query).every((word) => facts?.text.includes(word) === true || id.startsWith(word));
}
