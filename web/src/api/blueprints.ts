/** Subgraphs that are kept on the server, to be placed in any workflow. */
import * as z from "zod/mini";

import { isObject, parseJson, stringifyJson, type Json, type JsonObject } from "@/formats/json";

import { ask, getJson } from "./client";

const listed = z.object({ source: z.catch(z.string(), ""), name: z.string(), info: z.catch(z.object({ node_pack: z.catch(z.string(), "") }), { node_pack: "" }) });

export interface Blueprint {
  readonly id: string;
  readonly name: string;
  readonly pack: string;
  /** The user's own: may be renamed and deleted. */
  readonly isOwn: boolean;
}

export async function fetchBlueprints(): Promise<readonly Blueprint[]> {
  const body = await getJson("/global_subgraphs");
  return Object.entries(isObject(body) ? body : {}).flatMap(([id, value]) => {
    const parsed = z.safeParse(listed, value);
    if (!parsed.success) return [];
    const { name, source, info } = parsed.data;
    return [{ id, name, pack: info.node_pack, isOwn: source === "user" }];
  });
}

/** The workflow file that a blueprint is. */
export async function fetchBlueprint(id: string): Promise<Json> {
  const body = await getJson(`/global_subgraphs/${encodeURIComponent(id)}`);
  const data = isObject(body) ? body["data"] : null;
  return typeof data === "string" ? parseJson(data) : (data ?? null);
}

const place = (name: string): string => encodeURIComponent(`subgraphs/${name}.json`);

/** Raises ServerError 409 when the name is taken and `overwrite` is not given. */
export const saveBlueprint = (name: string, file: JsonObject, overwrite: boolean): Promise<Response> =>
  ask(`/userdata/${place(name)}?overwrite=${overwrite}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: stringifyJson(file, 2) });

export const deleteBlueprint = (name: string): Promise<Response> => ask(`/userdata/${place(name)}`, { method: "DELETE" });
export const renameBlueprint = (name: string, to: string): Promise<Response> => ask(`/userdata/${place(name)}/move/${place(to)}?overwrite=false`, { method: "POST" });
