/** Finding nodes of a workflow by number, title, type, texts, files: on every page, also inside subgraphs. */
import { text } from "@/formats/file";
import type { NodeDefs } from "@/formats/definitions";
import { isObject, type Json } from "@/formats/json";
import { executionId, pageOf, pathsOf } from "@/model/pages";
import { isSide, MODE, type Doc, type DocNode } from "@/model/types";
import { folded } from "@/ui/words";

export interface Entry {
  /** Execution id: where the node stands. */
  readonly id: string;
  readonly title: string;
  readonly type: string;
  /** Titles of the subgraphs around it, outermost first. */
  readonly around: readonly string[];
  /** Values by name, as text. */
  readonly values: readonly (readonly [string, string])[];
  readonly mode: number;
}

export interface Found {
  readonly entry: Entry;
  /** The value that matched, where it was neither title nor type. */
  readonly where: readonly [string, string] | null;
}

const titleIn = (doc: Doc, defs: NodeDefs, node: DocNode): string => node.title ?? doc.subgraphs[node.type]?.name ?? defs[node.type]?.title ?? node.type;

/** Every node of the document, in the order of the pages; `defs` with those of the document's subgraphs. */
export function entriesOf(whole: Doc, defs: NodeDefs): readonly Entry[] {
  return pathsOf(whole).flatMap((path) => {
    const page = pageOf(whole, path);
    const around = path.map((step, i) => {
      const outer = pageOf(whole, path.slice(0, i));
      const node = outer.nodes[step];
      return node === undefined ? step : titleIn(outer, defs, node);
    });
    return Object.values(page.nodes)
      .filter((node) => !isSide(node.id))
      .map((node): Entry => ({ id: executionId(path, node.id), title: titleIn(page, defs, node), type: node.type, around, values: valuesOf(node), mode: node.mode }));
  });
}

function valuesOf(node: DocNode): readonly (readonly [string, string])[] {
  const own = Object.entries(node.values).filter(([key]) => !key.startsWith("control:") && !key.startsWith("filter:"));
  // What the server does not know is searched as the file has it.
  const kept = node.raw["widgets_values"];
  const raw = own.length > 0 ? [] : Object.entries(isObject(kept) || Array.isArray(kept) ? (kept as Record<string, Json>) : {});
  return [...own, ...raw].flatMap(([name, value]) => (text(value) === "" ? [] : [[name, text(value)] as const]));
}

const STATES: Readonly<Record<string, (entry: Entry) => boolean>> = {
  muted: (entry) => entry.mode === MODE.muted,
  bypassed: (entry) => entry.mode === MODE.bypassed,
};

/** One word of a query: `type:`, `id:`, `is:` look in one place, every other word in all. */
function matchesWord(entry: Entry, word: string): Found | null {
  const [, field, rest] = /^(type|id|is|title):(.+)$/.exec(word) ?? [];
  const hit = (isHit: boolean): Found | null => (isHit ? { entry, where: null } : null);
  if (field === "type") return hit(folded(entry.type).includes(rest ?? ""));
  if (field === "title") return hit(folded(entry.title).includes(rest ?? ""));
  if (field === "id") return hit(entry.id === rest || entry.id.endsWith(`:${rest}`));
  if (field === "is") return hit(STATES[rest ?? ""]?.(entry) === true);
  const number = word.replace(/^#/, "");
  if (entry.id === number || (word.startsWith("#") && entry.id.split(":").includes(number))) return hit(true);
  if (folded(`${entry.title} ${entry.type}`).includes(word)) return hit(true);
  const where = entry.values.find(([name, value]) => folded(value).includes(word) || folded(name) === word);
  return where === undefined ? hit(entry.around.some((title) => folded(title).includes(word))) : { entry, where };
}

/** Words in quotes stay together; all words have to match, in any order. */
const phrasesOf = (query: string): readonly string[] => [...folded(query).matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

/** What matches all words; titles and numbers before types, those before values. */
export function search(entries: readonly Entry[], query: string): readonly Found[] {
  const words = phrasesOf(query);
  if (words.length === 0) return [];
  const found = entries.flatMap((entry): (Found & { rank: number })[] => {
    const hits = words.map((word) => matchesWord(entry, word));
    if (hits.some((hit) => hit === null)) return [];
    const where = hits.find((hit) => hit?.where)?.where ?? null;
    const title = folded(entry.title);
    const rank = words.some((word) => title.startsWith(word) || entry.id === word.replace(/^#/, "")) ? 0 : words.every((word) => title.includes(word)) ? 1 : where === null ? 2 : 3;
    return [{ entry, where, rank }];
  });
  return found.sort((a, b) => a.rank - b.rank).map(({ entry, where }) => ({ entry, where }));
}

/** The part of a value around what was looked for. */
export function excerpt(value: string, query: string, length = 60): string {
  const words = phrasesOf(query);
  const at = Math.max(0, Math.min(...words.map((word) => folded(value).indexOf(word)).filter((index) => index >= 0), value.length));
  const start = at === value.length ? 0 : Math.max(0, at - 16);
  const cut = value.slice(start, start + length).replaceAll("\n", " ");
  return `${start > 0 ? "…" : ""}${cut}${start + length < value.length ? "…" : ""}`;
}
