/** The model folders of the server, and what each file is. */
import * as z from "zod/mini";

import { isObject } from "@/formats/json";

import { getJson, many } from "./client";

const folder = z.object({ name: z.string(), folders: z.catch(z.array(z.string()), []) });
export type ModelFolder = z.infer<typeof folder>;

const entry = z.object({
  name: z.string(),
  pathIndex: z.catch(z.number(), 0),
  /** Seconds since 1970. */
  modified: z.catch(z.number(), 0),
  size: z.catch(z.number(), 0),
});
export type ModelFile = z.infer<typeof entry>;

const about = z.object({
  kind: z.catch(z.nullish(z.string()), null),
  family: z.catch(z.nullish(z.string()), null),
  size: z.catch(z.number(), 0),
  words: z.catch(z.array(z.string()), []),
  metadata: z.catch(z.record(z.string(), z.string()), {}),
});
export type About = z.infer<typeof about>;

export const fetchModelFolders = async (): Promise<ModelFolder[]> => many(folder, await getJson("/experiment/models"));

/** Windows servers part folders by backslashes; names are shown and compared with slashes, and sent as they came. */
export const fetchModelFiles = async (name: string): Promise<ModelFile[]> => many(entry, await getJson(`/experiment/models/${encodeURIComponent(name)}`));

export async function fetchAbout(name: string, filename: string): Promise<About> {
  const body = await getJson(`/models/${encodeURIComponent(name)}/about?filename=${encodeURIComponent(filename)}`);
  return about.parse(isObject(body) ? body : {});
}
