/** Choices that a route of the server tells, asked for again on demand. */
import { useEffect } from "react";
import { create } from "zustand";

import { getJson, OfflineError, ServerError } from "@/api/client";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import type { Widget } from "@/formats/widgets";

export interface RemoteSpec {
  readonly route: string;
  readonly key: string | null;
  readonly query: string;
  /** Milliseconds after which the list is asked for again; null: never by itself. */
  readonly refresh: number | null;
  readonly hasButton: boolean;
  /** Which choice is taken after a refresh. */
  readonly take: "first" | "last" | null;
  readonly timeout: number;
  readonly retries: number;
}

export function remoteOf({ input }: Pick<Widget, "input">): RemoteSpec | null {
  const remote = input.options["remote"];
  if (!isObject(remote) || typeof remote["route"] !== "string") return null;
  const number = (name: string): number | null => (typeof remote[name] === "number" && Number.isFinite(remote[name]) ? remote[name] : null);
  const take = remote["control_after_refresh"];
  return {
    route: remote["route"],
    key: typeof remote["response_key"] === "string" && remote["response_key"] !== "" ? remote["response_key"] : null,
    query: queryOf(remote["query_params"]),
    refresh: number("refresh") === null || Number(remote["refresh"]) <= 0 ? null : number("refresh"),
    hasButton: remote["refresh_button"] === true,
    take: take === "first" || take === "last" ? take : null,
    timeout: number("timeout") ?? 10_000,
    retries: Math.min(8, number("max_retries") ?? 3),
  };
}

function queryOf(params: Json | undefined): string {
  if (!isObject(params)) return "";
  const text = new URLSearchParams(Object.entries(params as JsonObject).map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

/** The address below the server's own, or null: a workflow must not make the browser ask other hosts. */
export function pathOf({ route, query }: RemoteSpec): string | null {
  if (!route.startsWith("/") || route.startsWith("//") || route.includes("..") || route.includes("\\")) return null;
  const separator = route.includes("?") ? query.replace("?", "&") : query;
  // Routes of the server are told without `/api`; requests of the canvas start below it.
  return route.startsWith("/api/") ? route.slice(4) + separator : `/..${route}${separator}`;
}

export function choicesIn(answer: Json, key: string | null): Json[] {
  const found = key === null || !isObject(answer) ? answer : key.split(".").reduce<Json>((at, part) => (isObject(at) ? (at[part] ?? null) : null), answer);
  return Array.isArray(found) ? found.filter((item) => !isObject(item) && !Array.isArray(item)) : [];
}

type Ask = (path: string) => Promise<Json>;

/** Asks until there is an answer, waiting twice as long each time; what the server refuses is not asked again. */
export async function fetchChoices(spec: RemoteSpec, ask: Ask = getJson, pause = (ms: number): Promise<unknown> => new Promise((done) => setTimeout(done, ms))): Promise<Json[]> {
  const path = pathOf(spec);
  if (path === null) throw new ServerError(0, spec.route);
  for (let tries = 0; ; tries += 1) {
    try {
      return choicesIn(await within(ask(path), spec.timeout), spec.key);
    } catch (error) {
      const isRefused = error instanceof ServerError && error.status < 500;
      if (isRefused || tries >= spec.retries) throw error;
      await pause(Math.min(16_000, 500 * 2 ** tries));
    }
  }
}

function within<T>(answer: Promise<T>, ms: number): Promise<T> {
  const late = new Promise<never>((_done, fail) => setTimeout(() => fail(new OfflineError("timeout")), ms));
  return Promise.race([answer, late]);
}

export interface RemoteList {
  readonly choices: readonly Json[] | null;
  readonly isBusy: boolean;
  readonly error: string | null;
  readonly fetched: number;
}

const NEVER: RemoteList = { choices: null, isBusy: false, error: null, fetched: 0 };
const remoteStore = create<Readonly<Record<string, RemoteList>>>()(() => ({}));
const keyOf = (spec: RemoteSpec): string => `${spec.route}${spec.query}#${spec.key ?? ""}`;
const put = (key: string, change: Partial<RemoteList>): void => remoteStore.setState((state) => ({ [key]: { ...(state[key] ?? NEVER), ...change } }));

/** The list anew, for all widgets that show it; null when it could not be had. */
export async function refreshRemote(spec: RemoteSpec): Promise<readonly Json[] | null> {
  const key = keyOf(spec);
  if (remoteStore.getState()[key]?.isBusy === true) return null;
  put(key, { isBusy: true });
  try {
    const choices = await fetchChoices(spec);
    put(key, { choices, isBusy: false, error: null, fetched: Date.now() });
    return choices;
  } catch (error) {
    put(key, { isBusy: false, error: error instanceof Error ? error.message : String(error), fetched: Date.now() });
    return null;
  }
}

/** The list of a widget that has one, asked for when it is first shown. */
export function useRemote(spec: RemoteSpec | null): RemoteList {
  const key = spec === null ? "" : keyOf(spec);
  const list = remoteStore((state) => state[key] ?? NEVER);
  useEffect(() => {
    if (spec === null) return;
    const { fetched } = remoteStore.getState()[keyOf(spec)] ?? NEVER;
    if (fetched === 0 || (spec.refresh !== null && Date.now() - fetched > spec.refresh)) void refreshRemote(spec);
    // One asking for each list: the spec is made anew at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return list;
}
