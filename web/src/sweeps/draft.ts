/** A sweep while it is being written: what stands in the fields, whatever it comes to. */
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";
import { controlKey, type Values, type Widget } from "@/formats/widgets";
import { rangeOf } from "@/widgets/numbers";

import { drawSeeds, labelOf, parseLines, parseNumbers, parseWords, type Parsed, type Spacing, type Spec } from "./spec";

export type Mode = "numbers" | "range" | "seeds" | "checks" | "texts" | "replace";

export interface Draft {
  readonly mode: Mode;
  /** Numbers or texts as they are typed. */
  readonly list: string;
  readonly checked: readonly Json[];
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly count: string;
  readonly way: "count" | "by";
  readonly spacing: Spacing;
  readonly seedMode: "random" | "counting";
  readonly seedCount: string;
  readonly seeds: readonly Json[];
  readonly words: string;
}

/** The ways in which a widget may be swept. */
export function modesOf(widget: Widget, values: Values): readonly Mode[] {
  const { kind } = widget;
  if (kind === "int" || kind === "float") return values[controlKey(widget.name)] === undefined ? ["numbers", "range"] : ["seeds", "numbers", "range"];
  if (kind === "combo" || kind === "toggle") return choicesOf(widget).length > 0 ? ["checks"] : ["texts"];
  return kind === "text" || kind === "other" || kind === "markdown" || kind === "color" ? ["texts", "replace"] : [];
}

export const choicesOf = ({ kind, input }: Widget): readonly Json[] => (kind === "toggle" ? [true, false] : (input.choices ?? []));

const SEEDS = 4;
const STEPS = 5;

/** What the editor begins with: the sweep there is, or the value there is. */
export function draftOf(widget: Widget, values: Values, spec: Spec | null): Draft {
  const now = values[widget.key] ?? null;
  const { step, max } = rangeOf(widget);
  const number = typeof now === "number" ? now : 0;
  const [first] = modesOf(widget, values);
  const draft: Draft = {
    mode: first ?? "texts",
    ...{ list: labelOf(now ?? ""), checked: choicesOf(widget).filter((choice) => choice === now), words: "" },
    ...{ from: String(number), to: labelOf(Number((number + step * (STEPS - 1)).toPrecision(6))), by: String(step), count: String(STEPS), way: "count", spacing: "linear" },
    ...{ seedMode: "random", seedCount: String(SEEDS), seeds: first === "seeds" && spec?.kind !== "seeds" ? drawSeeds("random", SEEDS, now, max) : [] },
  };
  return spec === null ? draft : { ...draft, ...fromSpec(draft, spec, widget) };
}

function fromSpec(draft: Draft, spec: Spec, widget: Widget): Partial<Draft> {
  if (spec.kind === "range") return { mode: "range", way: "count", from: labelOf(spec.from), to: labelOf(spec.to), count: String(spec.count), spacing: spec.spacing };
  if (spec.kind === "step") return { mode: "range", way: "by", from: labelOf(spec.from), to: labelOf(spec.to), by: labelOf(spec.by) };
  if (spec.kind === "seeds") return { mode: "seeds", seedMode: spec.mode, seedCount: String(spec.values.length), seeds: spec.values };
  if (spec.kind === "replace") return { mode: "replace", words: spec.words.join("\n") };
  if (draft.mode === "checks") return { checked: spec.values };
  const isNumber = widget.kind === "int" || widget.kind === "float";
  return { mode: isNumber ? "numbers" : "texts", list: spec.values.map(isNumber ? labelOf : asText).join(isNumber ? ", " : "\n") };
}

const number = (text: string): number | null => {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && Number.isFinite(value) ? value : null;
};

/** The numbers that were typed, and what is none. */
export const typed = (draft: Draft, widget: Widget): Parsed => (draft.mode === "numbers" ? parseNumbers(draft.list, rangeOf(widget)) : { values: [], bad: [] });

/** What was written, or null while it says nothing. */
export function specOf(draft: Draft, widget: Widget): Spec | null {
  if (draft.mode === "numbers") return listOf(typed(draft, widget).values);
  if (draft.mode === "texts") return listOf(parseLines(draft.list));
  if (draft.mode === "checks") return listOf(choicesOf(widget).filter((choice) => draft.checked.includes(choice)));
  if (draft.mode === "seeds") return draft.seeds.length === 0 ? null : { kind: "seeds", mode: draft.seedMode, values: draft.seeds };
  if (draft.mode === "replace") {
    const words = parseWords(draft.words);
    return words.length < 2 ? null : { kind: "replace", words };
  }
  return rangeSpec(draft);
}

const listOf = (values: readonly Json[]): Spec | null => (values.length === 0 ? null : { kind: "list", values });

function rangeSpec({ from, to, by, count, way, spacing }: Draft): Spec | null {
  const [a, b, step, steps] = [number(from), number(to), number(by), number(count)];
  if (a === null || b === null) return null;
  if (way === "by") return step === null || step === 0 ? null : { kind: "step", from: a, to: b, by: step };
  return steps === null || steps < 1 ? null : { kind: "range", from: a, to: b, count: Math.round(steps), spacing };
}
