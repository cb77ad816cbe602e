/** The runs of sweeps, as the server lists them. */
import * as z from "zod/mini";

import { isObject, type Json, type JsonObject } from "@/formats/json";

import { getJson, many, parseFileRefs, type FileRef } from "./client";

const STATUSES = ["pending", "in_progress", "completed", "failed", "cancelled"] as const;

const sweep = z.object({ id: z.string(), title: z.catch(z.string(), ""), row: z.catch(z.number(), 0), column: z.catch(z.number(), 0) });

const cellJob = z.object({
  id: z.string(),
  status: z.enum(STATUSES),
  create_time: z.catch(z.number(), 0),
  execution_start_time: z.catch(z.nullish(z.number()), null),
  execution_end_time: z.catch(z.nullish(z.number()), null),
  execution_error: z.catch(z.nullish(z.object({ exception_message: z.nullish(z.string()), node_type: z.nullish(z.string()) })), null),
  sweep,
});
export type CellJob = z.infer<typeof cellJob>;

const jobsIn = (body: Json): readonly CellJob[] => many(cellJob, isObject(body) ? body["jobs"] : undefined);

/** All runs of one sweep, oldest first. */
export const fetchSweepJobs = async (id: string): Promise<readonly CellJob[]> => jobsIn(await getJson(`/jobs?sort_order=asc&sweep=${encodeURIComponent(id)}`));

const RECENT = 1000;

/** The newest runs that belong to any sweep. */
export const fetchRecentSweepJobs = async (): Promise<readonly CellJob[]> => jobsIn(await getJson(`/jobs?sort_order=desc&limit=${RECENT}`));

export interface CellDetail {
  readonly prompt: JsonObject;
  readonly extra: JsonObject;
  /** Pictures by node. */
  readonly pictures: Readonly<Record<string, readonly FileRef[]>>;
}

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export async function fetchCell(job: string): Promise<CellDetail> {
  const body = object(await getJson(`/jobs/${encodeURIComponent(job)}`));
  const sent = object(body["workflow"]);
  const pictures = Object.entries(object(body["outputs"])).flatMap(([node, output]) => {
    const images = parseFileRefs(object(output)["images"]);
    return images.length === 0 ? [] : [[node, images] as const];
  });
  return { prompt: object(sent["prompt"]), extra: object(sent["extra_data"]), pictures: Object.fromEntries(pictures) };
}
