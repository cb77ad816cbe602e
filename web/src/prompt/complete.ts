/** What can be completed at a place of a prompt: pure, from lists that others fetch. */
import type { Tag } from "./tags";

export interface Sources {
  readonly embeddings: readonly string[];
  readonly loras: readonly string[];
  readonly phrases: readonly string[];
  readonly tags: readonly Tag[];
}

export type OptionKind = "embedding" | "lora" | "phrase" | "tag" | "alternative";

export interface Option {
  readonly kind: OptionKind;
  readonly label: string;
  /** What takes the place of the text from `from` to the cursor. */
  readonly insert: string;
  readonly from: number;
  readonly detail?: string;
  /** The file, where a LoRA was chosen. */
  readonly file?: string;
}

const MOST = 40;
const FROM_LETTERS = 2;

/** Options for the cursor behind `before`; `after` is what follows it. */
export function optionsAt(before: string, after: string, sources: Sources, isAsked = false): readonly Option[] {
  const lora = /<(?:lora:?)?([^<>:\n]*)$/i.exec(before);
  if (lora !== null && isLoraStart(lora[0])) return loras(lora[0].replace(/^<(lora:)?/i, ""), before.length - lora[0].length, after, sources);
  const embedding = /(?:^|[\s(,])(embedding:([^\s,():]*))$/.exec(before);
  if (embedding !== null) return embeddings(embedding[2] ?? "", before.length - (embedding[1]?.length ?? 0), sources);
  if (/\{$/.test(before)) return [{ kind: "alternative", label: "{ … | … }", insert: "{|}", from: before.length - 1 }];
  return phrases(before, sources, isAsked);
}

const isLoraStart = (text: string): boolean => "<lora:".startsWith(text.toLowerCase()) || text.toLowerCase().startsWith("<lora:");

export const loraName = (file: string): string => file.replace(/\.(safetensors|pt|ckpt|bin)$/i, "");

function loras(query: string, from: number, after: string, sources: Sources): readonly Option[] {
  const isOpen = !/^[^<\n]*>/.test(after);
  const wanted = "<lora:".startsWith(`<${query.toLowerCase()}`) ? "" : query;
  return ranked(sources.loras, wanted, loraName).map((file) => {
    const name = loraName(file);
    return { kind: "lora", label: name.slice(name.lastIndexOf("/") + 1), insert: isOpen ? `<lora:${name}:1>` : `<lora:${name}`, from, file, ...folderOf(name) };
  });
}

const folderOf = (name: string): { readonly detail?: string } => (name.includes("/") ? { detail: name.slice(0, name.lastIndexOf("/")) } : {});

function embeddings(query: string, from: number, sources: Sources): readonly Option[] {
  return ranked(sources.embeddings, query, (name) => name).map((name) => ({ kind: "embedding", label: name, insert: `embedding:${name}`, from }));
}

function phrases(before: string, sources: Sources, isAsked: boolean): readonly Option[] {
  const phrase = /[^,\n|{}()<>]*$/.exec(before)?.[0].trimStart() ?? "";
  const word = /[^\s,|{}()<>]*$/.exec(before)?.[0] ?? "";
  if (phrase.length < FROM_LETTERS && !isAsked) return [];
  const start = before.length - phrase.length;
  const isWhole = (text: string): boolean => text.toLowerCase() === phrase.toLowerCase();
  const named = word.length >= FROM_LETTERS || isAsked ? embeddings(word, before.length - word.length, sources).slice(0, 8) : [];
  const written = ranked(sources.phrases, phrase, (text) => text).filter((text) => !isWhole(text)).slice(0, 8);
  const tags = rankedTags(sources.tags, phrase).filter((tag) => !isWhole(tag.name));
  const said = new Set(written.map((text) => text.toLowerCase()));
  return [
    ...named,
    ...written.map((text): Option => ({ kind: "phrase", label: text, insert: escaped(text), from: start })),
    ...tags.filter((tag) => !said.has(tag.name.toLowerCase())).map((tag): Option => ({ kind: "tag", label: tag.name, insert: escaped(tag.name), from: start, ...(tag.count > 0 ? { detail: short(tag.count) } : {}) })),
  ].slice(0, MOST);
}

/** Brackets in a name are text. */
const escaped = (text: string): string => text.replace(/(?<!\\)[()]/g, "\\$&");

const short = (count: number): string => (count >= 1e6 ? `${(count / 1e6).toFixed(1)}M` : count >= 1e3 ? `${Math.round(count / 1e3)}k` : String(count));

/** 0: begins so; 1: a word of it begins so; 2: holds it; null: no. */
function rank(name: string, query: string): number | null {
  const at = name.toLowerCase().indexOf(query);
  if (at < 0) return null;
  if (at === 0) return 0;
  return /[^\p{L}\p{N}]/u.test(name.charAt(at - 1)) ? 1 : 2;
}

function ranked(names: readonly string[], query: string, nameOf: (item: string) => string): readonly string[] {
  const wanted = query.toLowerCase();
  const found = names.flatMap((item) => {
    const place = rank(nameOf(item), wanted);
    return place === null ? [] : [{ item, place }];
  });
  return found.sort((a, b) => a.place - b.place).slice(0, MOST).map(({ item }) => item);
}

function rankedTags(tags: readonly Tag[], query: string): readonly Tag[] {
  const wanted = query.toLowerCase().replaceAll("_", " ");
  if (wanted === "") return [];
  const found: { tag: Tag; place: number }[] = [];
  for (const tag of tags) {
    const place = rank(tag.name, wanted) ?? (tag.aliases.some((alias) => alias.toLowerCase().startsWith(wanted)) ? 1 : null);
    if (place !== null) found.push({ tag, place });
  }
  return found.sort((a, b) => a.place - b.place || b.tag.count - a.tag.count).slice(0, MOST).map(({ tag }) => tag);
}
