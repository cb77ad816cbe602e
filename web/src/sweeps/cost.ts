/** What must be computed anew when a swept value changes: the nodes that hold it, and all that comes after them. */
import type { Json } from "@/formats/json";
import { equal } from "@/model/diff";

export interface PromptNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, Json>>;
}

/** The graph as the server is sent it. */
export type Prompt = Readonly<Record<string, PromptNode>>;

/** Nodes whose own inputs differ between two prompts. */
export const touched = (a: Prompt, b: Prompt): readonly string[] => Object.keys(b).filter((id) => !equal((a[id]?.inputs ?? null) as Json, (b[id]?.inputs ?? null) as Json));

/** Nodes by those that take their results. */
function takers(prompt: Prompt): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [id, node] of Object.entries(prompt))
    for (const value of Object.values(node.inputs)) {
      if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== "string") continue;
      found.set(value[0], [...(found.get(value[0]) ?? []), id]);
    }
  return found;
}

/** How many nodes run again when these change. */
export function costOf(prompt: Prompt, changed: readonly string[]): number {
  const next = takers(prompt);
  const seen = new Set(changed);
  for (const id of seen) for (const taker of next.get(id) ?? []) seen.add(taker);
  return seen.size;
}

/** The cost of each axis, by the prompts in which only that axis is at another value. */
export function costsOf(base: Prompt, changed: readonly Prompt[]): readonly number[] {
  return changed.map((prompt) => costOf(base, touched(base, prompt)));
}
