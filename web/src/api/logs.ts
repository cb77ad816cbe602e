/** What the server writes down, and how it is. */
import * as z from "zod/mini";

import { isObject, type Json } from "@/formats/json";

import { ask, getJson, many } from "./client";

const line = z.object({ t: z.catch(z.string(), ""), m: z.string() });
export type LogLine = z.infer<typeof line>;

export const parseLines = (value: Json | undefined): LogLine[] => many(line, value);

/** These routes are not below `/api`. */
const LOGS = "/../internal/logs";

export async function fetchLog(): Promise<LogLine[]> {
  const body = await getJson(`${LOGS}/raw`);
  return parseLines(isObject(body) ? body["entries"] : undefined);
}

/** New lines come as websocket messages `logs` from then on. */
export const subscribeLog = (clientId: string, enabled: boolean): Promise<Response> =>
  ask(`${LOGS}/subscribe`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ clientId, enabled }) });

const device = z.object({
  name: z.catch(z.string(), ""),
  type: z.catch(z.string(), ""),
  vram_total: z.catch(z.number(), 0),
  vram_free: z.catch(z.number(), 0),
  torch_vram_total: z.catch(z.number(), 0),
  torch_vram_free: z.catch(z.number(), 0),
});
const system = z.object({
  os: z.catch(z.string(), ""),
  ram_total: z.catch(z.number(), 0),
  ram_free: z.catch(z.number(), 0),
  comfyui_version: z.catch(z.string(), ""),
  python_version: z.catch(z.string(), ""),
  pytorch_version: z.catch(z.string(), ""),
});
const EMPTY = system.parse({});
const stats = z.object({ system: z.catch(system, EMPTY), devices: z.catch(z.array(device), []) });
export type Stats = z.infer<typeof stats>;

export const fetchStats = async (): Promise<Stats> => stats.parse(await getJson("/system_stats"));

/** Folder key -> the directories it may be in. */
export async function fetchFolderPaths(): Promise<Readonly<Record<string, readonly string[]>>> {
  const body = await getJson("/../internal/folder_paths");
  return Object.fromEntries(Object.entries(isObject(body) ? body : {}).map(([key, paths]) => [key, Array.isArray(paths) ? paths.filter((path): path is string => typeof path === "string") : []]));
}
