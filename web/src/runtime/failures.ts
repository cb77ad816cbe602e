/** The server's `node_errors` as sentences, each for the very input it is about. */
import { list, text } from "@/formats/file";
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { hasMessage, t } from "@/i18n";

import { currentWhole } from "@/model/document";
import { graphOf, splitExecutionId, subgraphAt } from "@/model/pages";
import type { DocNode } from "@/model/types";

import { instancesAround, patchNode, runKey } from "./store";

export interface Failure {
  /** Execution id. */
  readonly node: string;
  readonly input: string | null;
  readonly sentence: string;
}

export function failures(nodeErrors: JsonObject): Failure[] {
  return Object.entries(nodeErrors).flatMap(([id, entry]) =>
    list(isObject(entry) ? entry["errors"] : undefined).filter(isObject).map((error) => failure(id, error)),
  );
}

function failure(node: string, error: JsonObject): Failure {
  const info = isObject(error["extra_info"]) ? error["extra_info"] : {};
  const input = typeof info["input_name"] === "string" ? info["input_name"] : null;
  const socket = nodeAt(node)?.inputs.find((known) => known.name === input);
  return { node, input, sentence: sentence(error, info, socket?.type ?? "") };
}

/** The node of an execution id, on whatever page it stands. */
export function nodeAt(id: string): DocNode | undefined {
  const { path, node } = splitExecutionId(id);
  const page = subgraphAt(currentWhole(), path);
  return page === undefined ? undefined : graphOf(currentWhole(), page)?.nodes[node];
}

function sentence(error: JsonObject, info: JsonObject, socketType: string): string {
  const key = `error.${text(error["type"])}`;
  const config = Array.isArray(info["input_config"]) ? info["input_config"] : [];
  const options = isObject(config[1]) ? config[1] : {};
  const values = {
    type: typeof config[0] === "string" ? config[0] : socketType,
    value: shown(info["received_value"]),
    received: text(info["received_type"]),
    min: text(options["min"]),
    max: text(options["max"]),
  };
  const isComplete = !(key.endsWith("min") && values.min === "") && !(key.endsWith("max") && values.max === "");
  if (hasMessage(key) && isComplete && !(key.endsWith("mismatch") && values.received === "")) return t(key, values).replace(/ {2,}/g, " ");
  return [text(error["message"]), text(error["details"])].filter((part) => part !== "").join(" · ");
}

function shown(value: Json | undefined): string {
  const full = typeof value === "object" && value !== null ? JSON.stringify(value) : text(value);
  return full.length > 60 ? `${full.slice(0, 57)}…` : full;
}

/** Puts the sentences where they belong. */
export function showFailures(found: readonly Failure[]): void {
  const nodes = new Map<string, Failure[]>();
  for (const item of found) nodes.set(item.node, [...(nodes.get(item.node) ?? []), item]);
  for (const [node, items] of nodes) {
    const about = items.filter((item) => item.input !== null).map((item): [string, string] => [item.input ?? "", item.sentence]);
    const whole = items.filter((item) => item.input === null).map((item) => item.sentence);
    patchNode(runKey(node), { phase: "error", inputErrors: Object.fromEntries(about), error: whole.length > 0 ? whole.join("\n") : null });
    const inside = items.map((item) => item.sentence).join("\n");
    for (const at of instancesAround(node)) patchNode(runKey(at), { phase: "error", error: inside });
  }
}
