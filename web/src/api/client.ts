/** The server's HTTP interface, checked with zod where it comes in. */
import * as z from "zod/mini";

import { parseDefinitions, type NodeDefs } from "@/formats/definitions";
import { isObject, parseJson, stringifyJson, type Json, type JsonObject } from "@/formats/json";

/** Relative, so that the canvas works below any path. */
const base = "./api";

export class ServerError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: Json = null,
  ) {
    super(message);
  }
}

/** The answer where nothing is, to a request with `optional=true`. */
export const NO_CONTENT = 204;

/** The server could not be reached at all. */
export class OfflineError extends Error {}

export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(base + path, init).catch((cause: unknown) => {
    throw new OfflineError("no connection", { cause });
  });
  if (response.ok) return response;
  const body = safeParse(await response.text());
  throw new ServerError(response.status, sentence(body) ?? `${response.status} ${response.statusText}`, body);
}

function safeParse(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function sentence(body: Json): string | null {
  if (!isObject(body)) return null;
  const error = body["error"];
  if (typeof error === "string") return error;
  return isObject(error) && typeof error["message"] === "string" ? error["message"] : null;
}

export const getJson = async (path: string): Promise<Json> => parseJson(await (await ask(path)).text());

export function postJson(path: string, body: Json): Promise<Response> {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: stringifyJson(body) });
}

const fileRef = z.object({ filename: z.string(), subfolder: z.catch(z.string(), ""), type: z.catch(z.string(), "output") });
export type FileRef = z.infer<typeof fileRef>;

const galleryItem = z.extend(fileRef, { prompt_id: z.nullish(z.string()), node_id: z.nullish(z.string()) });
export type GalleryItem = z.infer<typeof galleryItem>;

const template = z.object({ name: z.string(), title: z.nullish(z.string()) });
export type Template = z.infer<typeof template>;

/** Entries that do not fit are left out, the rest is shown. */
export function many<T>(schema: z.core.$ZodType<T>, items: Json | undefined): T[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => {
    const parsed = z.safeParse(schema, item);
    return parsed.success ? [parsed.data] : [];
  });
}

export const parseFileRefs = (value: Json | undefined): FileRef[] => many(fileRef, value);

export async function fetchDefinitions(): Promise<NodeDefs> {
  return parseDefinitions(await getJson("/object_info"));
}

export interface Submission {
  readonly prompt: JsonObject;
  readonly workflow: JsonObject;
  readonly clientId: string;
  /** Chosen here, so that messages that come before the answer are known. */
  readonly id: string;
  /** Beside the workflow: what a sweep or another maker of runs needs to find them again. */
  readonly extra?: JsonObject;
  readonly front?: boolean;
  readonly targets?: readonly string[];
}

export interface Accepted {
  readonly id: string;
  readonly nodeErrors: JsonObject;
}

export async function submit({ prompt, workflow, clientId, id, extra, front, targets }: Submission): Promise<Accepted> {
  const response = await postJson("/prompt", {
    prompt,
    client_id: clientId,
    prompt_id: id,
    extra_data: { ...extra, extra_pnginfo: { workflow } },
    ...(front === true ? { front } : {}),
    ...(targets === undefined ? {} : { partial_execution_targets: [...targets] }),
  } as JsonObject);
  const body = parseJson(await response.text());
  const answer = isObject(body) ? body : {};
  return { id: String(answer["prompt_id"]), nodeErrors: isObject(answer["node_errors"]) ? answer["node_errors"] : {} };
}

export const interrupt = (id?: string): Promise<Response> => postJson("/interrupt", id === undefined ? {} : { prompt_id: id });
export const clearQueue = (): Promise<Response> => postJson("/queue", { clear: true });

export async function fetchJobWorkflow(id: string): Promise<Json> {
  const body = await getJson(`/jobs/${encodeURIComponent(id)}`);
  const workflow = isObject(body) && isObject(body["workflow"]) ? body["workflow"] : {};
  const extra = isObject(workflow["extra_data"]) ? workflow["extra_data"] : {};
  const info = isObject(extra["extra_pnginfo"]) ? extra["extra_pnginfo"] : {};
  return info["workflow"] ?? workflow["prompt"] ?? null;
}

export const fetchGallery = async (limit = 60): Promise<GalleryItem[]> => many(galleryItem, await getJson(`/gallery?limit=${limit}`));

export const fetchTemplates = async (): Promise<Template[]> => many(template, await getJson("/workflows"));
export const fetchTemplate = (name: string): Promise<Json> => getJson(`/workflows/${encodeURIComponent(name)}`);

export async function uploadImage(file: File): Promise<string> {
  const form = new FormData();
  form.append("image", file);
  form.append("type", "input");
  const body = parseJson(await (await ask("/upload/image", { method: "POST", body: form })).text());
  const answer = isObject(body) ? body : {};
  const folder = String(answer["subfolder"] ?? "");
  return folder === "" ? String(answer["name"]) : `${folder}/${String(answer["name"])}`;
}

export async function fetchBytes(file: FileRef): Promise<Uint8Array> {
  const response = await fetch(viewUrl(file));
  if (!response.ok) throw new ServerError(response.status, response.statusText);
  return new Uint8Array(await response.arrayBuffer());
}

export function viewUrl(file: FileRef, preview = false): string {
  const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder, type: file.type });
  // For lists; wide enough for the largest of their tiles on sharp screens.
  if (preview) {
    query.set("preview", "webp;85");
    query.set("width", "512");
  }
  return `${base}/view?${query.toString()}`;
}

/** The value of an image drop-down, `folder/name.png [output]`, as a file. */
export function annotatedFile(value: string): FileRef {
  const match = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(value);
  const path = match?.[1] ?? value;
  const slash = path.lastIndexOf("/");
  return { filename: path.slice(slash + 1), subfolder: slash < 0 ? "" : path.slice(0, slash), type: match?.[2] ?? "input" };
}
