/** How the run of a tab's workflow is doing. */
import type { RuntimeState } from "@/runtime/store";

import type { TabId } from "./store";

export type Standing = "running" | "waiting" | "error" | "queued" | null;

export function standingOf({ run, jobs, nodes }: Pick<RuntimeState, "run" | "jobs" | "nodes">, tab: TabId): Standing {
  const prefix = `${tab}/`;
  const phases = new Set<string>();
  for (const key in nodes) if (key.startsWith(prefix)) phases.add(nodes[key]?.phase ?? "idle");
  if (phases.has("waiting")) return "waiting";
  if (run !== null && jobs[run]?.tab === tab) return "running";
  if (phases.has("error")) return "error";
  return phases.has("queued") ? "queued" : null;
}
