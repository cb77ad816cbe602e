/** An input's error is done with once the run would get something else there: by a wire, a value, a mode, or undo. */
import { isObject, stringifyJson, type JsonObject } from "@/formats/json";
import { mayMatter } from "@/live/prompt";
import { documentStore } from "@/model/document";
import type { Doc } from "@/model/types";

import { compose } from "./queue";
import { instancesAround, patchNode, runKey, runOf, runtimeStore, type NodeRun } from "./store";

type Runs = readonly (readonly [string, NodeRun])[];

/** The nodes below a prefix of run keys that have an error in an input. */
const blamed = (prefix: string): Runs => Object.entries(runtimeStore.getState().nodes).filter(([key, run]) => key.startsWith(prefix) && Object.keys(run.inputErrors).length > 0);

/** Follows the document that is shown, until it is called off. */
export function watchCorrections(): () => void {
  let last: { readonly whole: Doc; readonly prompt: JsonObject } | null = null;
  return documentStore.subscribe(({ whole, tab }, before) => {
    if (whole === before.whole || tab !== before.tab) return;
    const found = blamed(`${tab}/`);
    if (found.length === 0) last = null;
    else if (mayMatter(before.whole, whole)) {
      const old = last?.whole === before.whole ? last.prompt : composed(before.whole);
      last = { whole, prompt: composed(whole) };
      correct(found, tab, old, last.prompt);
    } else if (last?.whole === before.whole) last = { ...last, whole };
  });
}

function correct(found: Runs, tab: string, old: JsonObject, now: JsonObject): void {
  for (const [key, run] of found) {
    const id = key.slice(tab.length + 1);
    const given = (prompt: JsonObject, input: string): string => stringifyJson(inputsOf(prompt, id)[input] ?? null);
    const left = Object.entries(run.inputErrors).filter(([input]) => given(old, input) === given(now, input));
    if (left.length < Object.keys(run.inputErrors).length) keepErrors(id, tab, Object.fromEntries(left));
  }
}

/** Alternatives in a text are chosen anew for each run: here always the first, so that they are no change. */
const composed = (whole: Doc): JsonObject => compose(whole, { random: () => 0, now: new Date(0) }).prompt;

function inputsOf(prompt: JsonObject, id: string): JsonObject {
  const node = prompt[id];
  const inputs = isObject(node) ? node["inputs"] : undefined;
  return isObject(inputs) ? inputs : {};
}

function keepErrors(id: string, tab: string, inputErrors: NodeRun["inputErrors"]): void {
  patchNode(runKey(id, tab), { inputErrors, ...eased(runOf(runKey(id, tab)), inputErrors) });
  for (const at of instancesAround(id)) soften(runKey(at, tab));
}

const eased = ({ phase, error }: NodeRun, inputErrors: NodeRun["inputErrors"]): Partial<NodeRun> => (phase === "error" && error === null && Object.keys(inputErrors).length === 0 ? { phase: "idle" } : {});

/** A subgraph says what its inside says. */
function soften(key: string): void {
  const run = runOf(key);
  if (run.error === null) return;
  const inside = Object.entries(runtimeStore.getState().nodes).filter(([inner, { error, inputErrors }]) => inner.startsWith(`${key}:`) && (error !== null || Object.keys(inputErrors).length > 0));
  const innermost = inside.filter(([inner]) => !inside.some(([other]) => other.startsWith(`${inner}:`)));
  const sentences = innermost.flatMap(([, { error, inputErrors }]) => [...Object.values(inputErrors), ...(error === null ? [] : [error])]);
  patchNode(key, sentences.length === 0 ? { error: null, phase: run.phase === "error" ? "idle" : run.phase } : { error: sentences.join("\n") });
}
