/** Earlier contents of saved workflows. */
import { z } from "zod";

import { isObject, type Json } from "@/formats/json";

import { getJson, many, postJson } from "./client";
import { fileName } from "./files";

const version = z.object({
  id: z.string(),
  /** Milliseconds since 1970. */
  saved: z.number(),
  size: z.number().catch(0),
  etag: z.string().catch(""),
  label: z.string().nullish().catch(null),
  nodes: z.number().catch(0),
});
export type Version = z.infer<typeof version>;

const query = (path: string): string => `?file=${encodeURIComponent(fileName(path))}`;

/** Newest first. */
export async function listVersions(path: string): Promise<Version[]> {
  const body = await getJson(`/versions${query(path)}`);
  return many(version, isObject(body) ? body["versions"] : undefined);
}

export const readVersion = (path: string, id: string): Promise<Json> => getJson(`/versions/${encodeURIComponent(id)}${query(path)}`);

/** Versions with a name are kept for ever. */
export async function labelVersion(path: string, id: string, label: string | null): Promise<void> {
  await postJson(`/versions/${encodeURIComponent(id)}${query(path)}`, { label });
}
