/** Files for loaders: handing them in, and choosing among those that the server has. */
import { parseDefinitions, type NodeDef } from "@/formats/definitions";
import { isObject, parseJson } from "@/formats/json";

import { ask, getJson, viewUrl, type FileRef } from "./client";

export type FileFolder = "input" | "output" | "temp";

export interface Destination {
  readonly folder: FileFolder;
  readonly subfolder: string;
}

/** The value by which a loader finds the file. */
export async function uploadFile(file: File, { folder, subfolder }: Destination): Promise<string> {
  const form = new FormData();
  form.append("image", file);
  form.append("type", folder);
  if (subfolder !== "") form.append("subfolder", subfolder);
  const body = parseJson(await (await ask("/upload/image", { method: "POST", body: form })).text());
  const answer = isObject(body) ? body : {};
  const inside = String(answer["subfolder"] ?? "");
  const path = inside === "" ? String(answer["name"]) : `${inside}/${String(answer["name"])}`;
  return folder === "input" ? path : `${path} [${folder}]`;
}

/** Names of the files in one of the server's folders, newest first. */
export async function fetchFileNames(folder: FileFolder): Promise<string[]> {
  // This route is not below `/api`.
  const names = await getJson(`/../internal/files/${folder}`);
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === "string").map((name) => name.replace(/ \[(input|output|temp)\]$/, "")) : [];
}

/** One node type anew: its lists of files may have grown. */
export async function fetchDefinition(type: string): Promise<NodeDef | null> {
  return parseDefinitions(await getJson(`/object_info/${encodeURIComponent(type)}`))[type] ?? null;
}

export async function fetchBlob(file: FileRef): Promise<Blob> {
  return (await fetch(viewUrl(file))).blob();
}

/** Where each model of a folder lies, for its preview picture. */
export async function fetchModelPlaces(folder: string): Promise<ReadonlyMap<string, number>> {
  const models = await getJson(`/experiment/models/${encodeURIComponent(folder)}`);
  const places = (Array.isArray(models) ? models : []).filter(isObject).map((model) => [String(model["name"]), Number(model["pathIndex"] ?? 0)] as const);
  return new Map(places);
}

/** Of a model without a picture nothing comes. */
export const modelPreviewUrl = (folder: string, place: number, name: string): string =>
  `./api/experiment/models/preview/${encodeURIComponent(folder)}/${place}/${name.split("/").map(encodeURIComponent).join("/")}?optional=true`;
