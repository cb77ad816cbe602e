/** The user's presets of node types: one file, written only over the revision that was read. */
import { isObject, parseJson, stringifyJson, type JsonObject } from "@/formats/json";

import { ask, NO_CONTENT, ServerError } from "./client";

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
  // Whoever keeps no presets has no file.
  const response = await ask(`${ADDRESS}?optional=true`, { cache: "no-store" });
  if (response.status === NO_CONTENT) return { content: {}, etag: null };
  const content = parseJson(await response.text());
  return { content: isObject(content) ? content : {}, etag: etagOf(response) };
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
