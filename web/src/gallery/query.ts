/** What is typed into the gallery's search: free words, and filters such as `model:name` or `seed:5`. Pure. */
import type { Kind, Sort, Wish } from "@/api/gallery";
import { finder } from "@/ui/words";

export interface Filters {
  readonly folder: string;
  readonly model: string;
  readonly seed: string;
  readonly tag: string;
  readonly favourite: boolean;
  readonly kind: Kind | null;
}

export const NO_FILTERS: Filters = { folder: "", model: "", seed: "", tag: "", favourite: false, kind: null };

const KINDS: readonly Kind[] = ["image", "video", "audio"];
const TOKEN = /(?:^|\s)(model|seed|tag|folder|kind):(?:"([^"]*)"|(\S+))(?=\s|$)|(?:^|\s)(favou?rites?)(?=\s|$)/gi;

interface Taken {
  readonly text: string;
  readonly filters: Filters;
}

/** Takes the filters out of the text; while somebody types, the last word is not yet at its end and stays. */
export function takeFilters(typed: string, before: Filters, isDone: boolean): Taken {
  let filters = before;
  const text = typed.replace(TOKEN, (whole: string, key: string | undefined, quoted: string | undefined, plain: string | undefined, favourite: string | undefined, at: number) => {
    if (!isDone && at + whole.length === typed.length) return whole;
    const next = favourite === undefined ? withFilter(filters, (key ?? "").toLowerCase(), quoted ?? plain ?? "") : { ...filters, favourite: true };
    if (next === null) return whole;
    filters = next;
    return "";
  });
  return filters === before ? { text: typed, filters } : { text: text.replace(/^\s+/, "").replace(/\s{2,}/g, " "), filters };
}

function withFilter(filters: Filters, key: string, value: string): Filters | null {
  if (key === "kind") {
    const kind = KINDS.find((known) => known === value.toLowerCase());
    return kind === undefined ? null : { ...filters, kind };
  }
  if (value === "" || (key === "seed" && !/^\d+$/.test(value))) return null;
  return { ...filters, [key]: value };
}

export interface Chip {
  readonly key: keyof Filters;
  readonly value: string;
}

export function chipsOf({ folder, model, seed, tag, favourite, kind }: Filters): readonly Chip[] {
  const named = { folder, model, seed, tag, kind: kind ?? "" };
  const chips = Object.entries(named).flatMap(([key, value]): Chip[] => (value === "" ? [] : [{ key: key as keyof Filters, value }]));
  return favourite ? [...chips, { key: "favourite", value: "" }] : chips;
}

export const without = (filters: Filters, key: keyof Filters): Filters => ({ ...filters, [key]: NO_FILTERS[key] });

export const wishOf = (search: string, filters: Filters, sort: Sort): Wish => ({ ...filters, search: search.trim(), sort });

/** The server has no index of the other folders: their files are found by name alone. */
export function isNamed(file: { readonly filename: string; readonly subfolder: string }, search: string): boolean {
  return finder(search)(`${file.subfolder}/${file.filename}`);
}
