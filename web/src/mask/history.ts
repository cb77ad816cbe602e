/** Steps back and forth, and not more of them than fit the budget. */
import type { MessageKey } from "@/i18n";

import type { Layer } from "./layers";
import type { Plane } from "./plane";
import type { Tiles } from "./tiles";

/** Bytes. */
const BUDGET = 192 * 1024 * 1024;

export interface Step {
  readonly id: number;
  readonly label: MessageKey;
  /** The layers on the other side of this step. */
  readonly layers: readonly Layer[];
  readonly active: string;
  /** Changed bytes of one layer: before the step while it is done, after it while it is undone. */
  readonly pixels: { readonly plane: Plane; readonly tiles: Tiles } | null;
  readonly weight: number;
  /** Steps with the same mark that follow one another are one: a slider drawn along. */
  readonly mark: string | null;
}

export interface History {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
  /** The newest step that was forgotten. */
  readonly floor: number;
}

export const EMPTY_HISTORY: History = { past: [], future: [], floor: 0 };

/** Names the state that the mask is in. */
export const topOf = (history: History): number => history.past.at(-1)?.id ?? history.floor;

/** A new step ends the undone ones; the oldest go when the budget is spent, but the newest stays. */
export function pushed(history: History, step: Step, budget = BUDGET): History {
  const last = history.past.at(-1);
  if (step.mark !== null && last?.mark === step.mark) return { ...history, past: [...history.past.slice(0, -1), { ...last, id: step.id }], future: [] };
  const past = [...history.past, step];
  let [first, weight] = [past.length, 0];
  while (first > 0 && (first === past.length || weight + (past[first - 1]?.weight ?? 0) <= budget)) weight += past[--first]?.weight ?? 0;
  return { past: past.slice(first), future: [], floor: past[first - 1]?.id ?? history.floor };
}
