/** Saved workflows with their revisions: read, written, moved, deleted, marked. */
import * as z from "zod/mini";

import { isObject, parseJson, stringifyJson, type Json, type JsonObject } from "@/formats/json";

import { ask, getJson, many, NO_CONTENT, ServerError } from "./client";

const info = z.object({ path: z.string(), size: z.nullish(z.number()), modified: z.nullish(z.number()) });

export interface StoredFile {
  /** Below `workflows/`, without the ending. */
  readonly path: string;
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

export interface ReadFile {
  readonly document: Json;
  readonly etag: string | null;
}

/** The file is another one by now, or gone, or there already. */
export class ConflictError extends Error {
  constructor(
    /** The revision that the file has; null when it is gone, undefined when the server did not say. */
    readonly etag: string | null | undefined,
  ) {
    super("conflict");
  }
}

const ENDING = /\.json$/;
const FOLDER = "workflows";
const INDEX = ".index.json";

/** The name that the server knows a file by. */
export const fileName = (path: string): string => `${FOLDER}/${path}.json`;

const address = (name: string): string => `/userdata/${encodeURIComponent(name)}`;

const etagOf = (response: Response): string | null => response.headers.get("ETag")?.replace(/^(W\/)?"|"$/g, "") ?? null;

const isStatus = (error: unknown, status: number): boolean => error instanceof ServerError && error.status === status;

export interface Listing {
  readonly files: readonly StoredFile[];
  /** Whether there is a list of marked files. */
  readonly hasBookmarks: boolean;
}

export async function listFiles(): Promise<Listing> {
  // Who has saved nothing has no folder.
  const response = await ask(`/userdata?dir=${FOLDER}&recurse=true&full_info=true&optional=true`);
  if (response.status === NO_CONTENT) return { files: [], hasBookmarks: false };
  const found = many(info, parseJson(await response.text()));
  const isShown = (path: string): boolean => ENDING.test(path) && path.split("/").every((part) => !part.startsWith("."));
  const files = found.filter(({ path }) => isShown(path)).map(({ path, size, modified }) => ({ path: path.replace(ENDING, ""), size: size ?? 0, modified: modified ?? 0 }));
  return { files, hasBookmarks: found.some(({ path }) => path === INDEX) };
}

export async function readFile(path: string): Promise<ReadFile> {
  const response = await ask(address(fileName(path)));
  return { document: parseJson(await response.text()), etag: etagOf(response) };
}

/** The file as it is now, unless it is still of that revision; null when it is. Raises ServerError 404. */
export async function readFileUnless(path: string, etag: string): Promise<ReadFile | null> {
  try {
    const response = await ask(address(fileName(path)), { headers: { "If-None-Match": `"${etag}"` }, cache: "no-store" });
    const now = etagOf(response);
    return now === etag ? null : { document: parseJson(await response.text()), etag: now };
  } catch (error) {
    if (isStatus(error, 304)) return null;
    throw error;
  }
}

export type WriteRule = { readonly onlyNew: true } | { readonly onlyIf: string } | "always";

/** The new revision. Raises ConflictError when the rule forbids it. */
export async function writeFile(path: string, text: string, rule: WriteRule): Promise<string | null> {
  const onlyNew = rule !== "always" && "onlyNew" in rule;
  const match: Record<string, string> = rule !== "always" && "onlyIf" in rule ? { "If-Match": `"${rule.onlyIf}"` } : {};
  const init = { method: "POST", headers: { "Content-Type": "application/json", ...match }, body: text };
  return etagOf(await refused(ask(`${address(fileName(path))}?overwrite=${!onlyNew}`, init)));
}

/** Raises ConflictError when there is a file of the new name. */
export async function moveFile(path: string, target: string): Promise<string | null> {
  return etagOf(await refused(ask(`${address(fileName(path))}/move/${encodeURIComponent(fileName(target))}?overwrite=false`, { method: "POST" })));
}

async function refused(answer: Promise<Response>): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ServerError) || error.status !== 409) throw error;
    const etag = isObject(error.body) ? error.body["etag"] : undefined;
    throw new ConflictError(typeof etag === "string" || etag === null ? etag : undefined);
  }
}

export const deleteFile = (path: string): Promise<Response> => ask(address(fileName(path)), { method: "DELETE" });

/** Two spaces, a line for each value, a line end at the end: so that files diff well. */
export const fileText = (document: JsonObject): string => `${stringifyJson(document, 2)}\n`;

/** The list of marked files, in the form that other canvases read; what else it holds stays. */
export interface Bookmarks {
  readonly paths: readonly string[];
  readonly rest: JsonObject;
}

export async function readBookmarks(): Promise<Bookmarks> {
  try {
    const index = await getJson(address(`${FOLDER}/${INDEX}`));
    const rest = isObject(index) ? index : {};
    const marked = Array.isArray(rest["favorites"]) ? rest["favorites"] : [];
    return { paths: marked.flatMap((name) => (typeof name === "string" ? [name.replace(`${FOLDER}/`, "").replace(ENDING, "")] : [])), rest };
  } catch (error) {
    if (isStatus(error, 404)) return { paths: [], rest: {} };
    throw error;
  }
}

export async function writeBookmarks({ paths, rest }: Bookmarks): Promise<void> {
  const text = fileText({ ...rest, favorites: paths.map(fileName) });
  await ask(address(`${FOLDER}/${INDEX}`), { method: "POST", headers: { "Content-Type": "application/json" }, body: text });
}
