/** Earlier contents of saved workflows. */
import * as z from "zod/mini";

import { isObject, type Json } from "@/formats/json";

import { getJson, many, postJson } from "./client";
import { fileName } from "./files";

const version = z.object({
  id: z.string(),
  /** Milliseconds since 1970. */
  saved: z.number(),
  size: z.catch(z.number(), 0),
  etag: z.catch(z.string(), ""),
  label: z.catch(z.nullish(z.string()), null),
  nodes: z.catch(z.number(), 0),
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
