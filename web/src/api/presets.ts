/** The user's presets of node types: one file, written only over the revision that was read. */
import { isObject, parseJson, stringifyJson, type JsonObject } from "@/formats/json";

import { ask, ServerError } from "./client";

const ADDRESS = `/userdata/${encodeURIComponent("presets.json")}`;

export interface PresetFile {
  readonly content: JsonObject;
  /** Null: there is no file yet. */
  readonly etag: string | null;
}

/** Somebody else wrote it meanwhile. */
export class PresetConflict extends Error {}

const etagOf = (response: Response): string | null => response.headers.get("ETag")?.replace(/^(W\/)?"|"$/g, "") ?? null;

export async function readPresetFile(): Promise<PresetFile> {
  try {
    const response = await ask(ADDRESS, { cache: "no-store" });
    const content = parseJson(await response.text());
    return { content: isObject(content) ? content : {}, etag: etagOf(response) };
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) return { content: {}, etag: null };
    throw error;
  }
}

/** Raises PresetConflict when the file is another one by now. */
export async function writePresetFile({ content, etag }: PresetFile): Promise<void> {
  const headers = { "Content-Type": "application/json", ...(etag === null ? {} : { "If-Match": `"${etag}"` }) };
  try {
    await ask(`${ADDRESS}?overwrite=${etag !== null}`, { method: "POST", headers, body: `${stringifyJson(content, 2)}\n` });
  } catch (error) {
    if (error instanceof ServerError && error.status === 409) throw new PresetConflict("conflict");
    throw error;
  }
}
