/** Numbers as text, steps and bounds; integers stay exact beyond 2^53. */
import type { Json } from "@/formats/json";
import type { Widget } from "@/formats/widgets";

export interface NumberRange {
  readonly isInteger: boolean;
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly step: number;
  readonly decimals: number;
}

export function rangeOf(widget: Widget): NumberRange {
  const { options, type } = widget.input;
  const isInteger = type === "INT";
  const limit = (value: Json | undefined, fallback: number): number | bigint => (typeof value === "number" || typeof value === "bigint" ? value : fallback);
  const step = Number(options["step"] ?? (isInteger ? 1 : 0.1)) || 1;
  const round = Number(options["round"] ?? step) || step;
  return {
    isInteger,
    min: limit(options["min"], -Infinity),
    max: limit(options["max"], Infinity),
    step,
    decimals: isInteger ? 0 : Math.min(6, Math.max(decimalsOf(step), decimalsOf(round))),
  };
}

function decimalsOf(value: number): number {
  const text = value.toFixed(10).replace(/0+$/, "");
  return text.length - 1 - text.indexOf(".");
}

function clamp(value: number | bigint, { min, max }: NumberRange): number | bigint {
  if (value < min) return min;
  return value > max ? max : value;
}

/** Text of a value: floats without needless zeros, but at least one decimal. */
export function formatNumber(value: Json | undefined, range: NumberRange): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "number") return value === undefined || value === null ? "" : String(value);
  if (range.isInteger) return String(value);
  const rounded = value.toFixed(range.decimals);
  return rounded.includes(".") ? rounded.replace(/(\.\d+?)0+$/, "$1") : rounded;
}

/** What was typed, or null when it is no number. A comma may stand for the point. */
export function parseNumber(text: string, range: NumberRange): number | bigint | null {
  const plain = text.trim().replace(",", ".").replaceAll("_", "");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  if (range.isInteger && /^[+-]?\d+$/.test(plain)) {
    const exact = BigInt(plain.replace("+", ""));
    return clamp(Number.isSafeInteger(Number(exact)) ? Number(exact) : exact, range);
  }
  const value = Number(plain);
  return clamp(range.isInteger ? Math.round(value) : value, range);
}

export function stepNumber(value: Json | undefined, steps: number, range: NumberRange): number | bigint {
  if (typeof value === "bigint") return narrowed(clamp(value + BigInt(Math.round(steps * range.step)), range));
  const next = (typeof value === "number" ? value : 0) + steps * range.step;
  const tidy = range.isInteger ? Math.round(next) : Number(next.toFixed(Math.max(range.decimals, decimalsOf(range.step))));
  return clamp(tidy, range);
}

const narrowed = (value: number | bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

/** Shift is for far, Ctrl for fine. */
export const factorOf = (event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean }): number => (event.shiftKey ? 10 : event.ctrlKey || event.metaKey ? 0.1 : 1);

/** Whether there are two ends between which something can be slid. */
export const isBounded = ({ min, max }: NumberRange): boolean => typeof min === "number" && typeof max === "number" && Number.isFinite(min) && Number.isFinite(max) && min < max;

/** 0 at the lower end, 1 at the upper. */
export function shareOf(value: Json | undefined, { min, max }: NumberRange): number {
  const share = (Number(value ?? min) - Number(min)) / (Number(max) - Number(min));
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}

/** The number at this share of the range, on a step. */
export function numberAt(share: number, range: NumberRange): number | bigint {
  const steps = Math.round((share * (Number(range.max) - Number(range.min))) / range.step);
  return stepNumber(Number(range.min), steps, range);
}

/** Share of the range that is filled, where the range is one that people think in; else null. */
export function filling(value: Json | undefined, widget: Widget): number | null {
  const { min, max, isInteger } = rangeOf(widget);
  const isSlider = !isInteger && Number(min) === 0 && Number(max) === 1;
  if (!isSlider || typeof value !== "number" || typeof min !== "number" || typeof max !== "number" || max <= min) return null;
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}
