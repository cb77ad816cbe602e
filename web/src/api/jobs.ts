/** Runs: the queue, the history, what each run did, and answers to those that ask. */
import * as z from "zod/mini";

import { isObject, parseJson, stringifyJson, type Json, type JsonObject } from "@/formats/json";

import { ask, getJson, many, postJson, type FileRef } from "./client";

const STATUSES = ["pending", "in_progress", "completed", "failed", "cancelled"] as const;
export type JobStatus = (typeof STATUSES)[number];

const file = z.object({ filename: z.string(), subfolder: z.catch(z.string(), ""), type: z.catch(z.string(), "output"), mediaType: z.catch(z.nullish(z.string()), null) });
const failure = z.object({
  exception_message: z.nullish(z.string()),
  exception_type: z.nullish(z.string()),
  node_id: z.nullish(z.string()),
  node_type: z.nullish(z.string()),
  traceback: z.catch(z.array(z.string()), []),
});
const sweep = z.object({ id: z.string(), title: z.catch(z.string(), ""), row: z.catch(z.nullish(z.number()), null), column: z.catch(z.nullish(z.number()), null) });

const job = z.object({
  id: z.string(),
  status: z.enum(STATUSES),
  /** Times are milliseconds since 1970. */
  create_time: z.catch(z.number(), 0),
  execution_start_time: z.nullish(z.number()),
  execution_end_time: z.nullish(z.number()),
  priority: z.catch(z.number(), 0),
  outputs_count: z.catch(z.number(), 0),
  workflow_id: z.nullish(z.string()),
  sweep: z.catch(z.nullish(sweep), null),
  preview_output: z.catch(z.nullish(file), null),
  execution_error: z.catch(z.nullish(failure), null),
});
export type Job = z.infer<typeof job>;

const measured = z.object({
  node: z.string(),
  display_node: z.catch(z.string(), ""),
  class_type: z.catch(z.string(), ""),
  title: z.catch(z.string(), ""),
  seconds: z.catch(z.number(), 0),
  peak_bytes: z.catch(z.nullable(z.number()), null),
  cached: z.catch(z.boolean(), false),
});
export type Measured = z.infer<typeof measured>;

/** What a node of a run asks a person. */
const asked = z.object({
  node: z.string(),
  kind: z.catch(z.string(), ""),
  images: z.catch(z.array(file), []),
  least: z.catch(z.number(), 1),
  most: z.catch(z.number(), 0),
  message: z.catch(z.string(), ""),
});
export type Asked = z.infer<typeof asked>;

export interface JobList {
  readonly jobs: readonly Job[];
  readonly total: number;
}

export interface JobDetail {
  readonly job: Job;
  readonly nodes: readonly Measured[];
  readonly waiting: readonly Asked[];
  readonly outputs: JsonObject;
  /** As it was sent: the graph that runs. */
  readonly prompt: JsonObject;
  readonly extra: JsonObject;
}

const path = (id: string): string => `/jobs/${encodeURIComponent(id)}`;
const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export async function fetchJobList(query: { readonly statuses?: readonly JobStatus[]; readonly limit?: number; readonly offset?: number; readonly order?: "asc" | "desc" }): Promise<JobList> {
  const { statuses, limit = 200, offset = 0, order = "desc" } = query;
  const asked = new URLSearchParams({ limit: String(limit), offset: String(offset), sort_order: order });
  if (statuses !== undefined) asked.set("status", statuses.join(","));
  const body = object(await getJson(`/jobs?${asked.toString()}`));
  const jobs = many(job, body["jobs"]);
  return { jobs, total: Number(object(body["pagination"])["total"] ?? jobs.length) };
}

/** Raises ServerError 404 for a run that is not known. */
export async function fetchJob(id: string): Promise<JobDetail> {
  const body = object(await getJson(path(id)));
  const sent = object(body["workflow"]);
  return {
    job: job.parse(body),
    nodes: many(measured, body["nodes"]),
    waiting: many(asked, body["waiting"]),
    outputs: object(body["outputs"]),
    prompt: object(sent["prompt"]),
    extra: object(sent["extra_data"]),
  };
}

export interface Sent {
  readonly id: string;
  readonly prompt: JsonObject;
  readonly extra: JsonObject;
}

/** What ended runs were sent as, newest first: for search. */
export async function fetchSent(limit: number, offset: number): Promise<readonly Sent[]> {
  const body = object(await getJson(`/history?max_items=${limit}&offset=${offset}`));
  return Object.entries(body).map(([id, entry]) => {
    const item = isObject(entry) && Array.isArray(entry["prompt"]) ? entry["prompt"] : [];
    return { id, prompt: object(item[2]), extra: object(item[3]) };
  });
}

export const cancelJobs = (ids: readonly string[]): Promise<Response> => postJson("/jobs/cancel", { job_ids: [...ids] });
export const forgetJobs = (ids: readonly string[]): Promise<Response> => postJson("/history", { delete: [...ids] });
export const forgetAllJobs = (): Promise<Response> => postJson("/history", { clear: true });
export const cancelWaiting = (): Promise<Response> => postJson("/queue", { clear: true });
export const pauseQueue = (pause: boolean): Promise<Response> => postJson("/queue", { pause });

export const moveToFront = (id: string): Promise<Response> => postJson("/queue", { move: [{ prompt_id: id, front: true }] });
export const moveBefore = (id: string, before: string): Promise<Response> => postJson("/queue", { move: [{ prompt_id: id, before }] });
/** Behind whatever has a smaller number. */
export const moveTo = (id: string, number: number): Promise<Response> => postJson("/queue", { move: [{ prompt_id: id, number }] });

/** Other work in the place of a run that waits. Raises ServerError: 409 when it has begun, 404 when it is unknown, 400 when the work is refused. */
export async function replaceJob(id: string, body: JsonObject): Promise<JsonObject> {
  const response = await ask(path(id), { method: "PUT", headers: { "Content-Type": "application/json" }, body: stringifyJson(body) });
  return object(parseJson(await response.text()));
}

/** Raises ServerError: 404 when nobody asks any more, 400 for a choice that does not fit. */
export const answerJob = (id: string, node: string, choice: readonly number[]): Promise<Response> => postJson(`${path(id)}/answer`, { node, choice: [...choice] });

export const stopJob = (id: string): Promise<Response> => postJson(`${path(id)}/cancel`, {});

export const asFile = ({ filename, subfolder, type }: FileRef): FileRef => ({ filename, subfolder, type });
