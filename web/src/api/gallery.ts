/** Files that were made: found by their facts, marked, deleted and brought back; and those of the other folders. */
import * as z from "zod/mini";

import { isObject, parseJson, type Json, type JsonObject } from "@/formats/json";

import { getJson, many, postJson, type FileRef } from "./client";

const text = z.catch(z.nullish(z.string()), null);
const number = z.catch(z.nullish(z.number()), null);
const whole = z.catch(z.nullish(z.union([z.number(), z.bigint()])), null);

const item = z.object({
  filename: z.string(),
  subfolder: z.catch(z.string(), ""),
  type: z.catch(z.string(), "output"),
  prompt_id: text,
  node_id: text,
  /** Milliseconds since 1970. */
  created: z.catch(z.number(), 0),
  size: z.catch(z.number(), 0),
  width: number,
  height: number,
  prompt: z.catch(z.string(), ""),
  negative: z.catch(z.string(), ""),
  seed: whole,
  model: text,
  sampler: text,
  scheduler: text,
  steps: number,
  cfg: number,
  tags: z.catch(z.array(z.string()), []),
  favourite: z.catch(z.boolean(), false),
});
export type Item = z.infer<typeof item>;

export type Kind = "image" | "video" | "audio";
export type Sort = "newest" | "oldest" | "name" | "size";
export const SORTS: readonly Sort[] = ["newest", "oldest", "name", "size"];

export interface Wish {
  readonly search: string;
  readonly folder: string;
  readonly model: string;
  readonly seed: string;
  readonly tag: string;
  readonly favourite: boolean;
  readonly kind: Kind | null;
  readonly sort: Sort;
}

export interface Page {
  readonly items: readonly Item[];
  readonly total: number;
  readonly folders: readonly { readonly name: string; readonly count: number }[];
  readonly models: readonly string[];
  readonly tags: readonly string[];
  /** Files that are still being read. */
  readonly pending: number;
}

const folder = z.object({ name: z.string(), count: z.catch(z.number(), 0) });
const words = (value: Json | undefined): string[] => many(z.string(), value);

export function wishQuery({ search, folder: below, model, seed, tag, favourite, kind, sort }: Wish, limit: number, offset: number): string {
  const asked = new URLSearchParams({ limit: String(limit), offset: String(offset), sort });
  const given = { search, folder: below, model, seed, tag, favourite: favourite ? "1" : "", kind: kind ?? "" };
  for (const [key, value] of Object.entries(given)) if (value !== "") asked.set(key, value);
  return asked.toString();
}

export async function fetchPage(wish: Wish, limit: number, offset: number): Promise<Page> {
  const body = await getJson(`/gallery?${wishQuery(wish, limit, offset)}`);
  const page = isObject(body) ? body : {};
  const items = many(item, page["items"]);
  return {
    items,
    total: Number(page["total"] ?? items.length),
    folders: many(folder, page["folders"]),
    models: words(page["models"]),
    tags: words(page["tags"]),
    pending: Number(page["pending"] ?? 0),
  };
}

/** A file of a folder of which nothing more is known. */
export const plainItem = (file: FileRef): Item => ({
  ...file,
  ...{ prompt_id: null, node_id: null, created: 0, size: 0, width: null, height: null, prompt: "", negative: "", seed: null, model: null },
  ...{ sampler: null, scheduler: null, steps: null, cfg: null, tags: [], favourite: false },
});

/** Files of the inputs or the temporary folder, newest first. */
export async function fetchFolder(type: "input" | "temp"): Promise<readonly Item[]> {
  // This route is not below `/api`.
  const names = words(await getJson(`/../internal/files/${type}`));
  return names.map((name) => {
    const path = name.replace(/ \[(input|output|temp)\]$/, "");
    const slash = path.lastIndexOf("/");
    return plainItem({ filename: path.slice(slash + 1), subfolder: slash < 0 ? "" : path.slice(0, slash), type });
  });
}

const refs = (files: readonly FileRef[]): JsonObject[] => files.map(({ filename, subfolder, type }) => ({ filename, subfolder, type }));

export interface Marks {
  readonly favourite?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

export async function markFiles(files: readonly FileRef[], { favourite, add = [], remove = [] }: Marks): Promise<void> {
  await postJson("/gallery/mark", { files: refs(files), ...(favourite === undefined ? {} : { favourite }), add_tags: [...add], remove_tags: [...remove] });
}

/** The word by which the files come back. */
export async function deleteFiles(files: readonly FileRef[]): Promise<{ readonly deleted: number; readonly undo: string }> {
  const body = parseJson(await (await postJson("/gallery/delete", { files: refs(files) })).text());
  const answer = isObject(body) ? body : {};
  return { deleted: Number(answer["deleted"] ?? 0), undo: String(answer["undo"] ?? "") };
}

export const restoreFiles = (undo: string): Promise<Response> => postJson("/gallery/restore", { undo });
