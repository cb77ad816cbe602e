/** Names that prompts may use: embeddings, LoRA files with their trigger words, and the user's list of tags. */
import { isObject } from "@/formats/json";

import { ask, getJson } from "./client";

const names = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : []);

export const fetchEmbeddings = async (): Promise<string[]> => names(await getJson("/embeddings"));
export const fetchLoras = async (): Promise<string[]> => names(await getJson("/models/loras"));

/** The words that bring a LoRA out, as its file tells; none when it does not. */
export async function fetchTriggerWords(file: string): Promise<string[]> {
  const about = await getJson(`/models/loras/about?filename=${encodeURIComponent(file)}`);
  return isObject(about) ? names(about["words"]) : [];
}

/** The text of `tags.csv` among the user's files; empty when there is none. */
export async function fetchTagList(): Promise<string> {
  return (await ask("/userdata/tags.csv?optional=true")).text();
}
