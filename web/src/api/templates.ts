/** Ready-made workflows: those of the program, and those of packs. */
import * as z from "zod/mini";

import { isObject, type Json } from "@/formats/json";

import { getJson, many, ServerError } from "./client";

const model = z.object({ name: z.string(), directory: z.catch(z.string(), ""), isThere: z.catch(z.boolean(), true), url: z.catch(z.nullish(z.string()), null) });
const template = z.object({
  name: z.string(),
  title: z.catch(z.nullish(z.string()), null),
  description: z.catch(z.nullish(z.string()), null),
  tags: z.catch(z.array(z.string()), []),
  models: z.catch(z.array(model), []),
  runs: z.catch(z.boolean(), true),
  family: z.catch(z.nullish(z.string()), null),
  /** Address of a picture of what it makes. */
  picture: z.catch(z.nullish(z.string()), null),
});

export type NeededModel = z.infer<typeof model>;
export type TemplateInfo = z.infer<typeof template>;

export const fetchTemplateList = async (): Promise<TemplateInfo[]> => many(template, await getJson("/workflows"));
export const fetchTemplateFile = (name: string): Promise<Json> => getJson(`/workflows/${encodeURIComponent(name)}`);

export interface PackTemplate {
  readonly pack: string;
  readonly name: string;
}

/** Servers without packs may not know the question. */
export async function fetchPackTemplates(): Promise<PackTemplate[]> {
  const found = await getJson("/workflow_templates").catch((error: unknown) => {
    if (error instanceof ServerError) return null;
    throw error;
  });
  return Object.entries(isObject(found) ? found : {}).flatMap(([pack, names]) => (Array.isArray(names) ? names.flatMap((name) => (typeof name === "string" ? [{ pack, name }] : [])) : []));
}

const place = ({ pack, name }: PackTemplate): string => `/workflow_templates/${encodeURIComponent(pack)}/${encodeURIComponent(name)}`;

export const fetchPackTemplate = (template: PackTemplate): Promise<Json> => getJson(`${place(template)}.json`);
/** Where a pack keeps the picture of its template, if it has one. */
export const packPictureUrl = (template: PackTemplate): string => `./api${place(template)}.jpg`;
